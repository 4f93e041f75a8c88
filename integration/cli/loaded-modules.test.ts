import assert from 'node:assert/strict';
import { mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildGuest } from '../guests/build-guest.ts';
import { sluice } from '../sluice-process.ts';

const folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-loaded-'));
after(() => folder.remove());

/** Notes each module of the main thread when it is loaded: what ends a process may leave nothing behind. Of child processes only if asked. */
const recorder = join(folder.path, 'recorder.mjs');
writeFileSync(
  recorder,
  `import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';
const to = process.env.SLUICE_TEST_LOADED;
if (process.env.SLUICE_TEST_CHILDREN === undefined) delete process.env.NODE_OPTIONS;
if (isMainThread && to !== undefined)
  registerHooks({ load: (url, context, next) => (appendFileSync(to, url + '\\n'), next(url, context)) });
`,
);

writeFileSync(
  join(folder.path, 'sluice.toml'),
  `[server]
listen = "127.0.0.1:0"
[component.c]
source = "${await buildGuest('accepts')}"
[[trigger.queue]]
name = "jobs"
queue = "jobs"
component = "c"
[[trigger.cron]]
name = "tick"
schedule = "0 0 1 1 *"
component = "c"
`,
);

interface Loaded {
  /** Names of packages, without versions. */
  readonly packages: ReadonlySet<string>;
  /** Our own files, from the root of the checkout. */
  readonly files: ReadonlySet<string>;
  readonly builtIn: ReadonlySet<string>;
  readonly urls: readonly string[];
}

let runs = 0;

/** What `sluice ARGS` loads in its main thread. It must end well. */
function loadedBy(...args: readonly string[]): Promise<Loaded> {
  return loadedWith({}, ...args);
}

async function loadedWith(more: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Loaded> {
  const to = join(folder.path, `loaded-${(runs += 1)}`);
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(recorder).href}`, SLUICE_TEST_LOADED: to, ...more };
  const { code, stderr } = await sluice(args, { cwd: folder.path, env });
  assert.equal(code, 0, stderr);
  const urls = readFileSync(to, 'utf8').trimEnd().split('\n');
  const root = new URL('../../', import.meta.url).href;
  return {
    packages: new Set(urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [])),
    files: new Set(urls.flatMap((url) => (url.startsWith(root) ? url.slice(root.length) : []))),
    urls,
    builtIn: new Set(urls.filter((url) => url.startsWith('node:'))),
  };
}

/** Folders of ours that something was loaded from: `src/pool`, `triggers/kafka`. */
const foldersOf = ({ files }: Loaded): readonly string[] =>
  [...new Set(Array.from(files, (file) => file.split('/').slice(0, 2).join('/')))].sort();

/** The English ones are zod's default. */
const translationsIn = ({ urls }: Loaded): readonly string[] =>
  urls.filter((url) => /\/locales\/(?!index\.js|en\.js)/.test(url));

test('a command line loads the command that it calls, and no other', async () => {
  const { files, packages, builtIn } = await loadedBy('explain', 'SLU1203');
  const commands = ['check', 'config', 'cron', 'dead', 'inspect', 'invoke', 'publish', 'schema', 'trigger', 'up'];
  assert.ok(files.has('src/cli/commands/explain.ts'));
  assert.deepEqual(
    commands.filter((name) => files.has(`src/cli/commands/${name}.ts`)),
    [],
  );
  assert.deepEqual([...packages], ['commander']);
  assert.ok(!builtIn.has('node:crypto'), 'an import of node:crypto takes 11 ms');
});

test('dead list loads neither the schema library, nor an adapter, nor a client, nor what runs components', async () => {
  const loaded = await loadedBy('dead', 'list');
  assert.deepEqual([...loaded.packages].sort(), ['commander', 'smol-toml']);
  assert.deepEqual(
    foldersOf(loaded).filter((name) => name.startsWith('triggers/') || /\/(pool|component|runtime)$/.test(name)),
    [],
  );
});

test('cron next loads the schema, and of the adapters those that the manifest names, without what runs them', async () => {
  const loaded = await loadedBy('cron', 'next');
  assert.deepEqual([...loaded.packages].sort(), ['commander', 'node-cron', 'smol-toml', 'zod']);
  assert.deepEqual(
    foldersOf(loaded).filter((name) => name.startsWith('triggers/') || /\/(pool|component|runtime)$/.test(name)),
    ['triggers/cron', 'triggers/queue'],
  );
  for (const file of ['triggers/cron/trigger.ts', 'triggers/queue/trigger.ts', 'triggers/queue/publisher.ts'])
    assert.ok(!loaded.files.has(file), file);
  assert.deepEqual(translationsIn(loaded), []);
});

test('publish loads no client of a broker that the manifest does not name, and nothing that runs components', async () => {
  const loaded = await loadedBy('publish', 'jobs', 'x');
  assert.deepEqual(translationsIn(loaded), []);
  assert.deepEqual(
    [...loaded.packages].filter((name) => /kafka|nats|jco|opentelemetry/.test(name)),
    [],
  );
  assert.deepEqual(
    foldersOf(loaded).filter((name) => /triggers\/(nats|kafka)$|\/(pool|component|dispatch)$/.test(name)),
    [],
  );
});

test('up loads the adapters of its manifest, and nothing of the exporters, the transpiler or an HTTP client', async () => {
  await sluice(['check'], { cwd: folder.path }); // what it transpiles is kept
  const loaded = await loadedBy('up', '--until-idle', '1ms');
  assert.deepEqual(translationsIn(loaded), []);
  assert.deepEqual(
    [...loaded.packages].filter((name) => /kafka|nats|jco|opentelemetry/.test(name)),
    [],
  );
  assert.deepEqual(
    foldersOf(loaded).filter((name) => name.startsWith('triggers/')),
    ['triggers/cron', 'triggers/queue'],
  );
  assert.ok(loaded.files.has('src/server/status-server.ts'));
  assert.ok(loaded.builtIn.has('node:sqlite'));
  assert.ok(!loaded.builtIn.has('node:http'), 'an import of node:http loads an HTTP client and WebSockets');
});

test('the process that transpiles loads the generator of code, and not the rest of its package', async () => {
  const cache = { SLUICE_CACHE_DIR: join(folder.path, 'empty'), SLUICE_TEST_CHILDREN: '' };
  const { urls } = await loadedWith(cache, 'check');
  assert.deepEqual(
    urls.filter((url) => /\/(?:jco-transpile\/(?:dist|vendor)|oxc-minify|binaryen)\//.test(url)),
    [import.meta.resolve('@bytecodealliance/jco-transpile/component')],
  );
});

test('an adapter of somebody else finds the schema library whole', async () => {
  const path = join(folder.path, 'foreign');
  mkdirSync(path);
  const zod = import.meta.resolve('zod');
  writeFileSync(
    join(path, 'adapter.mjs'),
    `import { z } from '${zod}';
export const adapter = { type: 'x', summary: String(z.locales.de().localeError({ code: 'invalid_type', expected: 'string', input: 1 })) };`,
  );
  writeFileSync(join(path, 'sluice.toml'), '[connection.x]\ntype = "./adapter.mjs"\n');
  const { stderr } = await sluice(['check', '--adapters'], { cwd: path });
  assert.match(stderr, /SLU1207.*connection\.x\.type/); // it is loaded, and has no connections
});
