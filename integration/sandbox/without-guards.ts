import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cases } from './cases.ts';
import type { Guard } from './guards.ts';
import { CASE_MS, playAll } from './players.ts';

const root = join(import.meta.dirname, '..', '..');
/** Limit of a failure's text, in characters: people read it. */
const LONGEST_REASON = 200;

/** A guest that no guard of ours stops. */
const CONTROL = 'unreachable';

const copied = ['src', 'triggers', 'wit', 'integration', 'package.json'];

/** How often the text of a guard stands in its file; 1 is right. */
export async function occurrences({ file, find }: Guard): Promise<number> {
  return (await readFile(join(root, file), 'utf8')).split(find).length - 1;
}

/** Plays the cases that name the guard in a copy of the tree that doesn't have it; those that fail there, each with what went wrong. */
export async function failingWithout(guard: Guard): Promise<readonly string[]> {
  const tree = await mkdtemp(join(tmpdir(), 'sluice-without-guard-'));
  try {
    for (const each of copied) await cp(join(root, each), join(tree, each), { recursive: true });
    await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
    // Guests are built alike without it. Components are not, where the guard is among what makes them.
    await mkdir(join(tree, '.cache'));
    await symlink(join(root, '.cache', 'guests'), join(tree, '.cache', 'guests'));
    const file = join(tree, guard.file);
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(guard.find, () => guard.without),
    );
    const { host = 'thread', path = 'glue' } = guard;
    // Without the guard everything else works: else a case that fails would show nothing.
    const startedMs = performance.now();
    const sound = await playAll(host, [CONTROL], tree, path);
    const caseMs = Math.max(CASE_MS / 2, 4 * (performance.now() - startedMs));
    if (sound.get(CONTROL)?.length !== 0) throw new Error(`nothing works without it: ${String(sound.get(CONTROL))}`);
    const named = cases.filter(({ guards }) => guards.includes(guard.name)).map(({ name }) => name);
    const played = await playAll(host, named, tree, path, caseMs);
    return named.flatMap((name) =>
      (played.get(name) ?? ['was not played']).slice(0, 1).map((wrong) => `${name}: ${wrong.slice(0, LONGEST_REASON)}`),
    );
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
