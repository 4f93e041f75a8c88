import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const cache = join(root, '.cache', 'guests');
const jco = join(root, 'node_modules', '@bytecodealliance', 'jco');

const worlds = { script: 'waiting', quick: 'quick' } as const;

const run = promisify(execFile);

/** Builds `NAME.js` as a QuickJS component, unless that was done before, and returns its path. */
export async function buildScript(name: keyof typeof worlds): Promise<string> {
  const source = join(here, `${name}.js`);
  const wit = readFileSync(join(root, 'wit', 'event.wit'), 'utf8') + readFileSync(join(here, 'script.wit'), 'utf8');
  const hash = createHash('sha256').update(wit);
  for (const file of [source, join(jco, 'package.json'), import.meta.filename]) hash.update(readFileSync(file));
  const path = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}.wasm`);
  if (existsSync(path)) return path;

  await mkdir(cache, { recursive: true });
  const temporary = join(cache, randomUUID());
  await writeFile(`${temporary}.wit`, wit);
  const world = ['--wit', `${temporary}.wit`, '--world-name', `sluice:script/${worlds[name]}`];
  const tool = join(jco, 'dist', 'jco.js');
  await run(process.execPath, [tool, 'componentize', source, ...world, '--backend', 'qjs', '-o', `${temporary}.wasm`]);
  await rename(`${temporary}.wasm`, path);
  await rm(`${temporary}.wit`);
  return path;
}
