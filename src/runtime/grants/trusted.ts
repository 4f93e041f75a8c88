import { existsSync } from 'node:fs';
import { createRequire, getCompileCacheDir } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { App, ComponentSettings } from '../../manifest/app.ts';
import { leavesOf, tablesAt } from '../../manifest/toml/toml-table.ts';

/** Something that decides what Sluice does, or that holds secrets. */
export interface Trusted {
  /** `the state file`. */
  readonly what: string;
  /** Absolute. */
  readonly path: string;
  /** `secret`: guests may not even read it. `code`: guests may not write it, since it is run or decides what is run. */
  readonly kind: 'secret' | 'code';
  /** For a folder: whether its content is included. */
  readonly within: boolean;
}

/** Folders of the kernel, and their file systems. */
const SYSTEM = ['/proc', '/sys', '/dev'];
export const SYSTEM_TYPES: readonly string[] = [
  'proc',
  'sysfs',
  'devtmpfs',
  'devpts',
  'cgroup',
  'cgroup2',
  'debugfs',
  'tracefs',
];

/** Everything that no granted folder may contain, lie in, or be on the way to. */
export function trustedBy(app: App): readonly Trusted[] {
  return [
    ...secretsOf(app),
    code('the cache of transpiled components', app.cache.dir),
    ...[...app.components.values()].flatMap(codeOf),
    // Adapters from packages, and the tools of build commands.
    ...above(app.dir, 'node_modules').map((path) => code('installed packages', path)),
    ...installation(),
    ...compiled(),
    ...SYSTEM.map((path): Trusted => ({ what: 'a folder of the system', path, kind: 'secret', within: true })),
  ];
}

function secretsOf({ file, dir, state, manifest }: App): readonly Trusted[] {
  const secret = (what: string, path: string): Trusted => ({ what, path, kind: 'secret', within: false });
  const named = Array.from(manifest.expanded.values()).flatMap(({ from }) => from.flatMap((each) => fileOf(each)));
  const ofConnections = tablesAt(manifest.tree, 'connection')
    .flatMap(([, table]) => Array.from(leavesOf(table)))
    .flatMap(([, value]) => (typeof value === 'string' && mayBeFile(value) ? [value] : []));
  return [
    secret('the manifest', file),
    ...['', '-wal', '-shm', '-journal'].map((end) => secret('the state file', `${state.path}${end}`)),
    ...named.map((path) => secret('a file with a secret', resolve(dir, path))),
    // Certificates, keys, credentials. Only their adapters know which options name files, and that paths start from the working directory.
    ...ofConnections
      .map((path) => resolve(path))
      .filter((path) => existsSync(path))
      .map((path) => secret('a file of a connection', path)),
  ];
}

function fileOf(reference: string): readonly string[] {
  const [, path] = /^file:(.*)$/s.exec(reference) ?? [];
  return path === undefined ? [] : [path];
}

/** Whether a value may be the name of a file. An address or a certificate's text is not. */
function mayBeFile(value: string): boolean {
  return value.length < 4096 && !/[\n\0]|:\/\//.test(value);
}

function codeOf({ name, source, build }: ComponentSettings): readonly Trusted[] {
  const own = code(`the source of component '${name}'`, source);
  if (build === undefined) return [own];
  const { dir, watch } = build;
  const what = `a build input of component '${name}'`;
  // `watch` names the inputs of a build. Without it, anything below the build's folder may be one.
  return [
    own,
    { ...code(what, dir), within: watch.length === 0 },
    ...watch.map((pattern) => watched(what, dir, pattern)),
    ...above(dir, 'node_modules').map((path) => code('installed packages', path)),
  ];
}

/** The part of a glob before its first wildcard: all matches are below it, and deeper only if more parts follow. */
function watched(what: string, dir: string, pattern: string): Trusted {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[\]{}()!+@\\]/.test(part));
  const base = parts.slice(0, wild === -1 ? parts.length : wild).join('/');
  const path = resolve(dir, base === '' && pattern.startsWith('/') ? '/' : base);
  const flat = wild === parts.length - 1 && !pattern.endsWith('**');
  return { ...code(what, path), within: !flat };
}

/** Sluice itself with its packages, and Node. In a checkout, other folders beside these are not Sluice's. */
function installation(): readonly Trusted[] {
  const what = 'the installation of Sluice';
  const own = dirname(createRequire(import.meta.url).resolve('sluice/package.json'));
  return [
    { ...code(what, own), within: false },
    ...['dist', 'src', 'triggers', 'wit'].map((name) => code(what, join(own, name))),
    ...above(own, 'node_modules').map((path) => code(what, path)),
    code('the program of Node', process.execPath),
  ];
}

/** V8's compiled form of Sluice's own code, which runs at the next start. */
function compiled(): readonly Trusted[] {
  const dir = getCompileCacheDir();
  return dir === undefined ? [] : [code('the compiled code of Sluice', dir)];
}

function code(what: string, path: string): Trusted {
  return { what, path, kind: 'code', within: true };
}

/** The folders of that name in `dir` and above it. */
function above(dir: string, name: string): readonly string[] {
  const found: string[] = [];
  for (let at = dir; ; at = dirname(at)) {
    found.push(join(at, name));
    if (dirname(at) === at) return found;
  }
}
