import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { SluiceError } from '../../errors.ts';
import { manifestWarnings } from '../../manifest/parse-manifest.ts';
import { openManifest } from './open-manifest.ts';
import { CommandLine } from '../testing/command-line.ts';

const globals = { manifest: 'sluice.toml', json: false, verbose: false, color: true };

test('openManifest reads a file, or the sluice.toml of a folder', async () => {
  using line = new CommandLine({ 'a/sluice.toml': '[app]\nname = "a"', 'b.toml': '[app]\nname = "b"' });
  const names = ['a', 'a/sluice.toml', 'b.toml', join(line.dir, 'a')].map(async (manifest) => {
    return (await openManifest({ ...globals, manifest }, line.io())).app.name;
  });
  assert.deepEqual(await Promise.all(names), ['a', 'a', 'b', 'a']);
});

test('openManifest reads files that the manifest refers to from the folder of the manifest', async () => {
  using line = new CommandLine({ 'a/sluice.toml': '[app]\nname = "${file:name.txt}"', 'a/name.txt': 'shop\n' });
  assert.equal((await openManifest({ ...globals, manifest: 'a' }, line.io())).app.name, 'shop');
});

test('openManifest finds nothing wrong with the examples', async () => {
  using line = new CommandLine();
  const manifests = globSync(join(import.meta.dirname, '../../../examples/*/sluice.toml'));
  const opened = await Promise.all(manifests.map((manifest) => openManifest({ ...globals, manifest }, line.io())));
  assert.deepEqual(
    opened.flatMap(({ app }) => manifestWarnings(app)),
    [],
  );
  assert.notEqual(opened.length, 0);
});

test('openManifest says where it looked', async () => {
  using line = new CommandLine({ 'empty/x': '' });
  for (const [manifest, file] of [
    ['sluice.toml', 'sluice.toml'],
    ['empty', 'empty/sluice.toml'],
  ] as const) {
    await assert.rejects(openManifest({ ...globals, manifest }, line.io()), (thrown) => {
      assert.ok(thrown instanceof SluiceError);
      assert.equal(thrown.code, 'SLU1101');
      assert.equal(thrown.message, "the manifest can't be read: it does not exist");
      assert.equal(thrown.place?.file, join(line.dir, file));
      return true;
    });
  }
});

test('openManifest loads adapters from packages beside the manifest, and from files', async () => {
  const adapter = (type: string) =>
    `import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
     const schema = z.object({ region: z.string() });
     export const adapter = { type: '${type}', summary: 's', trigger: { schema, open() {}, destination() {} } };`;
  using line = new CommandLine({
    'sluice.toml': `[component.c]\nsource = "c.wasm"
[[trigger."@acme/sqs"]]\ncomponent = "c"\nregion = "eu"
[[trigger."./adapters/own.mjs"]]\ncomponent = "c"\nregion = "us"`,
    'node_modules/@acme/sqs/package.json': '{ "name": "@acme/sqs", "exports": { "import": "./sqs.mjs" } }',
    'node_modules/@acme/sqs/sqs.mjs': adapter('sqs'),
    'adapters/own.mjs': adapter('own'),
  });
  const { app, adapters } = await openManifest(globals, line.io());
  assert.deepEqual(
    app.triggers.map(({ name, type, options }) => [name, type, options]),
    [
      ['sqs-c', '@acme/sqs', { region: 'eu' }],
      ['own.mjs-c', './adapters/own.mjs', { region: 'us' }],
    ],
  );
  assert.deepEqual(
    adapters.slice(-2).map(({ type }) => type),
    ['@acme/sqs', './adapters/own.mjs'],
  );
});

test('openManifest tells of a package that is no adapter, or is not there', async () => {
  using line = new CommandLine({
    'none.toml': '[[trigger."@acme/none"]]',
    'other.toml': '[[trigger."./other.mjs"]]',
    'other.mjs': 'export const adapter = 5;',
  });
  const messages = ['none.toml', 'other.toml'].map((manifest) =>
    openManifest({ ...globals, manifest }, line.io()).then(
      () => assert.fail('opened'),
      ({ code, message, fix }: SluiceError) => [code, message.split(' imported from')[0], fix],
    ),
  );
  assert.deepEqual(await Promise.all(messages), [
    ['SLU1208', `the adapter "@acme/none" can't be loaded: Cannot find package '@acme/none'`, 'npm install @acme/none'],
    [
      'SLU1208',
      'the adapter "./other.mjs" can\'t be loaded: it exports no `adapter` with a type and a summary',
      undefined,
    ],
  ]);
});

test('openManifest takes the cache from SLUICE_CACHE_DIR, unless the manifest names one', async () => {
  using line = new CommandLine({ 'a.toml': '', 'b.toml': 'cache.dir = "own"' });
  const io = { ...line.io(), env: { SLUICE_CACHE_DIR: '/elsewhere' } };
  const cacheOf = async (manifest: string): Promise<string> =>
    (await openManifest({ ...globals, manifest }, io)).app.cache.dir;
  assert.deepEqual([await cacheOf('a.toml'), await cacheOf('b.toml')], ['/elsewhere', `${line.dir}/own`]);
});

test('openManifest loads the adapters that the manifest names, and those whose type is implied or may be meant', async () => {
  const queue = (more: string): string =>
    `component.c.source = "c.wasm"\n[[trigger.queue]]\ncomponent = "c"\nqueue = "q"\n${more}`;
  const typesOf = async (text: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> => {
    using line = new CommandLine({ 'sluice.toml': text });
    return (await openManifest(globals, { ...line.io(), env })).adapters.map(({ type }) => type);
  };
  const every = ['queue', 'cron', 'nats', 'kafka'];
  assert.deepEqual(await typesOf(''), []);
  assert.deepEqual(await typesOf(queue('')), ['queue']);
  assert.deepEqual(
    await typesOf(
      queue('[connection.n]\ntype = "nats"\nservers = "a:4222"\n[output.o]\nconnection = "n"\nsubject = "s"'),
    ),
    ['queue', 'nats'],
  );
  assert.deepEqual(await typesOf(queue('[output.o]\nqueue = "p"')), every);
  assert.deepEqual(await typesOf(queue('[output.o]\ntype = "${env:TYPE}"\nqueue = "p"'), { TYPE: 'queue' }), ['queue']);
  assert.deepEqual(
    await typesOf('component.c.source = "c.wasm"\n[output.o]\ntype = "${env:TYPE}"\nqueue = "p"', { TYPE: 'queue' }),
    every,
  );
  await assert.rejects(typesOf(queue('[[trigger.kafak]]\ncomponent = "c"')), /SLU1207.*|there is no adapter/s);
});
