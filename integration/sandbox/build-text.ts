import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const cache = join(root, '.cache', 'guests');
const jco = join(root, 'node_modules', '@bytecodealliance', 'jco');
export const WASI = '0.2.12';
const wasiPackages = ['cli', 'clocks', 'filesystem', 'http', 'io', 'random', 'sockets'];

/** Everything that a component may import, and what it must export. Toolchains keep a package a file, with its name on the first line. */
export function world(): string {
  const wasi = wasiPackages.map((name) => {
    const text = readFileSync(join(jco, 'lib', 'wit', 'builtin', WASI, `wasi-${name}`, 'package.wit'), 'utf8');
    return `${text.replace(/^(package [^;]+);/, '$1 {')}}`;
  });
  const event = readFileSync(join(root, 'wit', 'event.wit'), 'utf8');
  return [event, ...wasi, readFileSync(join(here, 'sandbox.wit'), 'utf8')].join('\n');
}

/** Builds WebAssembly text as a component of the sandbox's world, by default the one with everything to import, unless that was done before. Returns its path. */
export async function buildText(name: string, text: string, witSource = world()): Promise<string> {
  const digest = createHash('sha256').update(witSource).update(text).digest('hex').slice(0, 16);
  const path = join(cache, `${name}-${digest}.wasm`);
  if (existsSync(path)) return path;
  const { componentEmbed, componentNew, parse } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  const binary = await parse(text);
  const component = await componentNew(await componentEmbed({ binary, witSource, world: 'sluice:sandbox/guest' }));
  await mkdir(cache, { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, component);
  await rename(temporary, path);
  return path;
}
