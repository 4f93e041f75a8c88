import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { builtPackage } from './built-package.ts';
import { buildGuest } from './guests/build-guest.ts';

/** The package as a stranger gets it: packed, installed elsewhere, run without the sources. */
const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
/** npm and the command's `#!` line must find this Node. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`, NO_COLOR: '1' };

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

let folder: string;
let packed: Packed;
let manifest: Manifest;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-package-'));
  // It is built already, and its build is not in it.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: await builtPackage(), env });
  [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [Packed]; // npm's own format, one entry a package
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', ...quiet, join(folder, packed.filename)], { cwd: folder, env });
  manifest = JSON.parse(await readFile(join(folder, 'node_modules', 'sluice', 'package.json'), 'utf8')) as Manifest; // ours
});

after(() => rm(folder, { recursive: true, force: true }));

const sluice = (...args: string[]) => run(join(folder, 'node_modules', '.bin', 'sluice'), args, { cwd: folder, env });

test('the package holds the build and nothing that only development needs', () => {
  const paths = packed.files.map(({ path }) => path);
  assert.ok(paths.includes('wit/event.wit'));
  assert.ok(paths.includes('LICENSE'));
  assert.ok(paths.includes('dist/adapters/wasi_snapshot_preview1.command.wasm'));
  assert.ok(paths.includes('dist/adapters/LICENSE'));
  const foreign = paths.filter((path) => !/^(?:dist\/|wit\/|README\.md$|LICENSE$|package\.json$)/.test(path));
  assert.deepEqual(foreign, []);
  const forTests = paths.filter((path) => /\.test\.|\/testing\//.test(path));
  assert.deepEqual(forTests, []);
  const sources = paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
  assert.deepEqual(sources, []);
});

test('the installed command runs and knows its version', async () => {
  const { stdout } = await sluice('--version');
  assert.equal(stdout.trim(), manifest.version);
});

test('the modules of the installed package find each other without a look at the disk', async () => {
  const recorder = join(folder, 'recorder.mjs');
  await writeFile(
    recorder,
    `import { registerHooks } from 'node:module';
registerHooks({ resolve(wanted, context, next) {
  if (wanted.startsWith('.') && context.parentURL?.includes('/sluice/dist/')) console.error(wanted);
  return next(wanted, context);
} });`,
  );
  const main = join(folder, 'node_modules', 'sluice', 'dist', 'src', 'cli', 'main.js');
  const { stderr } = await run(process.execPath, ['--import', pathToFileURL(recorder).href, main, '--version'], {
    env,
  });
  assert.deepEqual(stderr.trim().split('\n'), ['../own-modules.js', './compile-cache.js', '../file-owner.js']);
});

test('every export of the installed package loads', async () => {
  const names = Object.keys(manifest.exports).map((path) => path.replace('.', 'sluice'));
  const modules = names.filter((name) => !/\.json$|\/wit$/.test(name));
  assert.notEqual(modules.length, 0);
  const source = `for (const name of ${JSON.stringify(modules)}) console.log(name, Object.keys(await import(name)).length)`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source], { cwd: folder, env });
  for (const name of modules) assert.match(stdout, new RegExp(`^${name} [1-9]`, 'm'));
  const { stdout: wit } = await run(
    process.execPath,
    ['--input-type=module', '--eval', 'console.log(import.meta.resolve("sluice/wit"))'],
    { cwd: folder, env },
  );
  assert.match(wit, /wit\/event\.wit$/m);
});

test('the installed package has every codec of Kafka, those that are native too', async () => {
  const codec = join(folder, 'node_modules/sluice/dist/triggers/kafka/wire/codec/codec.js');
  const source = `
    const { codecs, compress, decompress } = await import(${JSON.stringify(pathToFileURL(codec).href)});
    for (const [name, number] of Object.entries(codecs)) {
      console.log(name, String(await decompress(number, await compress(number, Buffer.from('text')))));
    }`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source], { cwd: folder, env });
  assert.equal(stdout, 'none text\ngzip text\nsnappy text\nlz4 text\nzstd text\n');
});

test('the lock has the native codecs for images of either processor', async () => {
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8');
  for (const codec of ['@napi-rs/snappy', '@antoniomuso/lz4-napi']) {
    for (const platform of ['linux-x64-gnu', 'linux-arm64-gnu']) {
      assert.ok(lock.includes(`"node_modules/${codec}-${platform}": {`), `${codec} for ${platform}`);
    }
  }
});

test('the installed package runs a component on the embedded queue', async () => {
  await copyFile(await buildGuest('echo'), join(folder, 'echo.wasm'));
  await writeFile(
    join(folder, 'sluice.toml'),
    [
      '[app]',
      'name = "stranger"',
      '[server]',
      'listen = "off"',
      '[component.echo]',
      'source = "echo.wasm"',
      '[[trigger.queue]]',
      'name = "jobs"',
      'queue = "jobs"',
      'component = "echo"',
      '[output.out]',
      'queue = "done"',
    ].join('\n'),
  );
  await sluice('publish', 'jobs', 'hello');
  const { stderr } = await sluice('up', '--until-idle', '100ms');
  assert.match(stderr, /1 handled, 0 running, 1 published/);
});

test('the installed package makes a program for WASI preview 1 a component', async () => {
  const program = `(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 0))))`;
  await writeFile(join(folder, 'program.wasm'), await parse(program));
  const { stdout } = await sluice('inspect', 'program.wasm');
  assert.match(stdout, /core {6}a program for WASI preview 1, which Sluice made a component/);
  assert.match(stdout, /contract {2}wasi:cli\/run/);
});
