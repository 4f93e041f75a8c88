import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { world } from '../sandbox/build-hostile.ts';

const cache = join(import.meta.dirname, '..', '..', '.cache', 'guests');

/** Builds WebAssembly text as a component of the sandbox's world, which has everything to import, unless that was done before. Returns its path. */
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
