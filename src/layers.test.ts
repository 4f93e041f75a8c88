import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import test from 'node:test';

/** Who may import what, beside itself. Types count: a layer must be readable without those above it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  words: [],
  state: ['words'],
  trigger: ['words', 'state'],
  component: ['words'],
  telemetry: ['words'],
  capability: ['words', 'state', 'trigger', 'component', 'telemetry'],
  contract: ['words', 'component', 'capability'],
  pool: ['words', 'state', 'component', 'contract', 'capability'],
  dispatch: ['words', 'state', 'trigger', 'telemetry', 'pool'],
  manifest: ['words', 'trigger'],
  runtime: [
    'words',
    'state',
    'trigger',
    'component',
    'telemetry',
    'contract',
    'capability',
    'pool',
    'dispatch',
    'manifest',
  ],
  server: ['words', 'telemetry', 'runtime'],
};

/** May import anything: the composition root, and what the package shows to the outside. */
const knowsAll = new Set(['cli', 'index.ts', 'layers.test.ts']);

const root = join(import.meta.dirname, '..');
const files = ['src/**/*.ts', 'triggers/**/*.ts'].flatMap((pattern) => globSync(pattern, { cwd: root })).sort();

/** Modules that a file names in imports and re-exports, types and dynamic ones included. */
function importsOf(source: string): readonly string[] {
  const statements = source.matchAll(
    /^(?:import|export)\b[^;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return Array.from(statements, ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}

function layerOf(file: string): string {
  const [top = '', second = '', third] = file.split('/');
  if (top === 'triggers') return `triggers/${second}`;
  if (third !== undefined || knowsAll.has(second)) return second;
  return 'words';
}

/** Tests stand above their layer for these: real guests, what calls a guest, and the kit that proves an adapter. */
const forTests = ['integration/guests/', 'src/contract/', 'src/trigger/conformance/'];

function isForTests(file: string, path: string): boolean {
  const isTest = /(?:\.test|-rig)\.ts$|\/testing\//.test(file);
  return isTest && forTests.some((folder) => path.startsWith(folder));
}

function isAllowed(file: string, imported: string): boolean {
  const layer = layerOf(file);
  if (imported === '#trigger') return layer.startsWith('triggers/');
  const path = posix.join(dirname(file), imported);
  if (!imported.startsWith('.') || knowsAll.has(layer) || isForTests(file, path)) return true;
  const other = layerOf(path);
  return other === layer || (mayImport[layer]?.includes(other) ?? false);
}

test('the layer table knows every folder of src', () => {
  const layers = new Set(files.map(layerOf).filter((layer) => !layer.startsWith('triggers/') && !knowsAll.has(layer)));
  assert.deepEqual(
    [...layers].filter((layer) => mayImport[layer] === undefined),
    [],
  );
});

test('no file imports what its layer may not', () => {
  const trespasses = files.flatMap((file) =>
    importsOf(readFileSync(join(root, file), 'utf8'))
      .filter((imported) => !isAllowed(file, imported))
      .map((imported) => `${file} imports ${imported}`),
  );
  assert.deepEqual(trespasses, []);
});

/** Files that lead back to themselves by what they import, in groups: every file of a group reaches all others of it. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachedFrom(file, graph)]));
  const inCycle = [...graph.keys()].filter((file) => reached.get(file)?.has(file));
  const groups = Map.groupBy(inCycle, (file) =>
    inCycle.filter((other) => reached.get(file)?.has(other) && reached.get(other)?.has(file)).join(' '),
  );
  return [...groups.values()];
}

function reachedFrom(start: string, graph: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const fresh = (graph.get(file) ?? []).filter((imported) => !seen.has(imported));
    for (const imported of fresh) seen.add(imported);
    open.push(...fresh);
  }
  return seen;
}

function pathOf(file: string, imported: string): string {
  return imported === '#trigger' ? 'src/trigger/index.ts' : posix.join(dirname(file), imported);
}

test('no files import each other in a circle, types included', () => {
  const graph = new Map(
    files.map((file) => [
      file,
      importsOf(readFileSync(join(root, file), 'utf8'))
        .filter((imported) => imported.startsWith('.') || imported === '#trigger')
        .map((imported) => pathOf(file, imported)),
    ]),
  );
  assert.deepEqual(cyclesOf(graph), []);
});

test('a circle of imports is found, and what only leads to it is not part of it', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b', 'd']],
    ['d', []],
    ['self', ['self']],
  ]);
  assert.deepEqual(cyclesOf(graph), [['b', 'c'], ['self']]);
});

/** Folders of `src` and `triggers` by their paths, without those that hold only what tests need, and without an adapter's own. */
function realFolders(): readonly string[] {
  const folders = new Set(files.flatMap((file) => foldersAbove(dirname(file))));
  return [...folders].filter((folder) => !/\/testing\b|^triggers\/.*\//.test(folder)).sort();
}

function foldersAbove(folder: string): readonly string[] {
  return folder === '.' ? [] : [folder, ...foldersAbove(dirname(folder))];
}

/**
 * Folders that the tree on a page shows below `src` and `triggers`: a line for each, below its parent, or named with a slash in the text of
 * its parent's line. Text that names a folder elsewhere counts too, so it must be one.
 */
function shownFolders(page: string): readonly string[] {
  const [, section = ''] = page.split('\n## The tree\n');
  const tree = section.slice(0, section.indexOf('\n## ')).match(/^ {4}.*$/gm) ?? [];
  const above: string[] = [];
  const shown = tree.flatMap((line) => {
    const [own, indent = '', name = ''] = /^ {4}( *)([\w-]+)\//.exec(line) ?? [];
    if (own === undefined) return [];
    above.splice(indent.length / 2, above.length, name);
    const folder = above.join('/');
    const named = Array.from(line.slice(own.length).matchAll(/(?<=[ ,])([\w-]+)\/(?=[ ,;]|$)/g), ([, each]) => each);
    return [folder, ...named.map((each) => `${folder}/${each}`)];
  });
  return shown.filter((folder) => /^(?:src|triggers)\b/.test(folder)).sort();
}

test('the tree in ARCHITECTURE.md shows the folders that there are', () => {
  assert.deepEqual(shownFolders(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')), realFolders());
});

test('imports are found in every form', () => {
  const source = [
    "import type { A } from './a.ts';",
    'import {',
    '  type B,',
    "} from './b.ts';",
    "export * from './c.ts';",
    "import './d.ts';",
    "const e = await import('./e.ts');",
    "// import { f } from './f.ts';",
  ].join('\n');
  assert.deepEqual(importsOf(source), ['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts']);
});
