import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cases } from './cases.ts';
import type { Guard } from './guards.ts';
import type { HostKind } from '../../src/pool/host/host.ts';
import { playAll } from './players.ts';

const root = join(import.meta.dirname, '..', '..');
const copied = ['src', 'triggers', 'wit', 'integration', 'package.json'];

/** How often the text of a guard stands in its file; 1 is right. */
export async function occurrences({ file, find }: Guard): Promise<number> {
  return (await readFile(join(root, file), 'utf8')).split(find).length - 1;
}

/** Plays the cases that name the guard in a copy of the tree that doesn't have it; those that fail there. */
export async function failingWithout(host: HostKind, guard: Guard): Promise<readonly string[]> {
  const tree = await mkdtemp(join(tmpdir(), 'sluice-without-guard-'));
  try {
    for (const each of copied) await cp(join(root, each), join(tree, each), { recursive: true });
    await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
    // Guests are built alike without it. Components are not, where the guard is among what makes them.
    await mkdir(join(tree, '.cache'));
    await symlink(join(root, '.cache', 'guests'), join(tree, '.cache', 'guests'));
    const path = join(tree, guard.file);
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replace(guard.find, () => guard.without),
    );
    const named = cases.filter(({ guards }) => guards.includes(guard.name)).map(({ name }) => name);
    const played = await playAll(host, named, tree, guard.path ?? 'glue');
    return named.filter((name) => played.get(name)?.length !== 0);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
