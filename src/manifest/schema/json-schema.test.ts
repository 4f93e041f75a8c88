import assert from 'node:assert/strict';
import test from 'node:test';
import { manifestJsonSchema, schemaAt } from './json-schema.ts';
import { adapters } from '../testing/read-manifest.ts';

const schema = manifestJsonSchema(adapters);

test('manifestJsonSchema refuses unknown keys at the top', () => {
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  assert.equal(schema.additionalProperties, false);
});

test('manifestJsonSchema prints durations and sizes as people write them, with default and range', () => {
  const { examples: _, pattern, ...memory } = schemaAt(schema, {}, ['component', 'any', 'limits', 'memory']) ?? {};
  assert.deepEqual(memory, {
    type: 'string',
    default: '64MiB',
    description: 'Linear memory of one instance. (1MiB to 4GiB)',
  });
  assert.match('64MiB', new RegExp(pattern ?? '$.'));
});

test('manifestJsonSchema gives a trigger the keys of the manifest and of its adapter', () => {
  const trigger = schemaAt(schema, {}, ['trigger', 'queue', 0]) ?? {};
  assert.deepEqual(Object.keys(trigger.properties ?? {}), [
    'name',
    'component',
    'concurrency',
    'order_strict',
    'retry',
    'dead_letter',
    'on_failure',
    'timeout',
    'queue',
    'lease',
  ]);
  assert.deepEqual(trigger.required, ['component', 'queue']);
  assert.equal(trigger.additionalProperties, false);
});

test('manifestJsonSchema gives a trigger a connection where its adapter has some', () => {
  assert.deepEqual(schemaAt(schema, {}, ['trigger', 'nats', 0])?.required, ['component', 'connection', 'stream']);
});

test('manifestJsonSchema tells outputs apart by type', () => {
  const output = (type: string) => schemaAt(schema, { output: { o: { type } } }, ['output', 'o', 'subject']);
  assert.deepEqual(output('nats'), { type: 'string' });
  assert.equal(output('queue'), undefined);
});

test('manifestJsonSchema is JSON through and through', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
});

test('schemaAt finds nothing where nothing can be', () => {
  assert.equal(schemaAt(schema, {}, ['app', 'name', 'first']), undefined);
  assert.equal(schemaAt(schema, {}, ['app', 0]), undefined);
});
