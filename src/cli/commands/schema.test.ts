import assert from 'node:assert/strict';
import test from 'node:test';
import { schemaAt } from '../../manifest/schema/json-schema.ts';
import { builtInAdapters } from '../manifest/load-adapters.ts';
import { registerSchema } from './schema.ts';
import { CommandLine } from '../testing/command-line.ts';

test('schema prints a JSON Schema that knows every adapter', async () => {
  using line = new CommandLine();
  const { exitCode, stdout, stderr } = await line.run([registerSchema], ['schema']);
  assert.deepEqual([exitCode, stderr], [0, '']);
  const schema = JSON.parse(stdout);
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  const adapters = await builtInAdapters();
  const withTriggers = adapters.filter(({ trigger }) => trigger !== undefined).map(({ type }) => type);
  assert.deepEqual(Object.keys(schemaAt(schema, {}, ['trigger'])?.properties ?? {}), withTriggers);
});

test('schema describes every key', async () => {
  using line = new CommandLine();
  const schema = JSON.parse((await line.run([registerSchema], ['schema'])).stdout);
  assert.deepEqual([...undescribed(schema, '')], []);
});

/** Keys of tables that have no description. Of a table with variants, each is looked at. */
function* undescribed(schema: unknown, path: string): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      for (const [name, property] of Object.entries<{ description?: string }>(value)) {
        if (property.description === undefined) yield `${path}.${name}`;
        yield* undescribed(property, `${path}.${name}`);
      }
    } else yield* undescribed(value, path);
  }
}
