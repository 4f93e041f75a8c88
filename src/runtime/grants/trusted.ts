import { existsSync } from 'node:fs';
import { createRequire, getCompileCacheDir } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { App, ComponentSettings } from '../../manifest/app.ts';
import { leavesOf, tablesAt } from '../../manifest/toml/toml-table.ts';

/** Something that decides what Sluice does, or that holds what components must not see. */
export interface Trusted {
  /** `the state file`. */
  readonly what: string;
  /** Absolute. */
  readonly path: string;
  /** `secret`: not even to be read. `code`: never to be written, since it is run or decides what is run. */
  readonly kind: 'secret' | 'code';
  /** Whether what is in it belongs to it, when it is a folder. */
  readonly within: boolean;
}

/** Folders of the system that are more than files, and the file systems behind them. */
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

/** What no granted folder may hold, lie in, or stand in the way of. */
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

function secretsOf({ file, dir, state, source }: App): readonly Trusted[] {
  const secret = (what: string, path: string): Trusted => ({ what, path, kind: 'secret', within: false });
  const named = Array.from(source.expanded.values()).flatMap(({ from }) => from.flatMap((each) => fileOf(each)));
  const ofConnections = tablesAt(source.tree, 'connection')
    .flatMap(([, table]) => Array.from(leavesOf(table)))
    .flatMap(([, value]) => (typeof value === 'string' && mayBeFile(value) ? [value] : []));
  return [
    secret('the manifest', file),
    ...['', '-wal', '-shm', '-journal'].map((end) => secret('the state file', `${state.path}${end}`)),
    ...named.map((path) => secret('a file with a secret', resolve(dir, path))),
    // Certificates, keys, credentials: only their adapters know which option is one, and that it is found from the working directory.
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

/** Whether a value may be the name of a file: an address or a certificate's text is none. */
function mayBeFile(value: string): boolean {
  return value.length < 4096 && !/[\n\0]|:\/\//.test(value);
}

function codeOf({ name, source, build }: ComponentSettings): readonly Trusted[] {
  const own = code(`the source of component '${name}'`, source);
  if (build === undefined) return [own];
  const { dir, watch } = build;
  const what = `what component '${name}' is built from`;
  // What a build reads is told by `watch`; where that says nothing, it may be anything below its folder.
  return [
    own,
    { ...code(what, dir), within: watch.length === 0 },
    ...watch.map((pattern) => watched(what, dir, pattern)),
    ...above(dir, 'node_modules').map((path) => code('installed packages', path)),
  ];
}

/** The part of a glob before its first wildcard: all that it matches is there, and deeper only when more parts follow. */
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

/** What V8 keeps of Sluice's own code, and runs at the next start. */
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
