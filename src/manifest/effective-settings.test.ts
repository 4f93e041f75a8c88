import assert from 'node:assert/strict';
import test from 'node:test';
import { effectiveSettings, type Setting } from './effective-settings.ts';
import { adapters, read } from './testing/read-manifest.ts';

const text = `
[connection.main]
type = "nats"
servers = ["nats://me:pw@\${env:HOST}:4222", "nats://\${env:OTHER:-b}"]
password = "hunter2"
[component.enrich]
source = "enrich.wasm"
config = { region = "eu", api_token = "abc", signer = "-----BEGIN PRIVATE KEY-----\\nMC4CAQ" }
[component.enrich.limits]
timeout = "5s"
[[trigger.nats]]
component = "enrich"
connection = "main"
stream = "\${file:/run/stream}"
[output.out]
connection = "main"
subject = "done"
[store.shared]
connection = "main"
bucket = "shop"
`;
const app = read(text, { env: { HOST: 'a' }, readFile: () => 'ORDERS' });
const settings = effectiveSettings(app, adapters);

function at(path: string): Omit<Setting, 'path'> {
  const { path: _, ...rest } = settings.find((setting) => setting.path === path) ?? assert.fail(path);
  return rest;
}

test('effectiveSettings tells defaults from what was written, and where', () => {
  assert.deepEqual(at('component.enrich.limits.timeout'), { value: '5s', origin: { kind: 'manifest', line: 10 } });
  assert.deepEqual(at('component.enrich.limits.memory'), { value: '64MiB', origin: { kind: 'default' } });
  assert.deepEqual(at('trigger.nats[0].retry.attempts'), { value: 5, origin: { kind: 'default' } });
  assert.deepEqual(at('output.out.subject'), { value: 'done', origin: { kind: 'manifest', line: 17 } });
});

test('effectiveSettings tells values that follow from others', () => {
  const derived = { kind: 'derived' };
  assert.deepEqual(at('app.name'), { value: 'shop', origin: derived });
  assert.deepEqual(at('component.enrich.pool.threads'), { value: 3, origin: derived });
  assert.deepEqual(at('trigger.nats[0].name'), { value: 'nats-enrich', origin: derived });
  assert.deepEqual(at('trigger.nats[0].concurrency'), { value: 256, origin: derived });
  assert.deepEqual(at('output.out.type'), { value: 'nats', origin: derived });
  assert.deepEqual(at('store.shared.type'), { value: 'nats', origin: derived });
});

test('effectiveSettings tells what was expanded, and from what', () => {
  assert.deepEqual(at('connection.main.servers'), {
    value: ['nats://***@a:4222', 'nats://b'],
    origin: { kind: 'reference', line: 4, from: ['env:HOST', 'env:OTHER (not set)'] },
  });
});

test('effectiveSettings hides secrets by their key, private keys, and whatever came from a file', () => {
  assert.deepEqual(at('connection.main.password'), { value: '***', origin: { kind: 'manifest', line: 5 } });
  assert.equal(at('component.enrich.config.api_token').value, '***');
  assert.equal(at('component.enrich.config.region').value, 'eu');
  assert.equal(at('component.enrich.config.signer').value, '***');
  assert.deepEqual(at('trigger.nats[0].stream'), {
    value: '***',
    origin: { kind: 'reference', line: 14, from: ['file:/run/stream'] },
  });
  assert.doesNotMatch(JSON.stringify(settings), /hunter2|abc|ORDERS|me:pw|MC4CAQ/);
});

test('effectiveSettings lists every value once', () => {
  const paths = settings.map(({ path }) => path);
  assert.deepEqual(paths, [...new Set(paths)]);
  assert.deepEqual(
    paths.filter((path) => path.startsWith('connection.')),
    ['connection.main.type', 'connection.main.servers', 'connection.main.password'],
  );
});
