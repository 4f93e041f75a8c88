import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildGuest } from '../../integration/guests/build-guest.ts';
import { inspectComponent, type Inspection } from './inspect-component.ts';

async function inspected(guest: string): Promise<Inspection> {
  const contracts = ['batch-handler', 'handler'].map((name) => ({
    name: `sluice:event/${name}`,
    entry: (exports: readonly string[]) => exports.find((entry) => entry.startsWith(`sluice:event/${name}@`)),
    functionOf: (entry: string) => entry,
  }));
  return inspectComponent(
    {
      source: await buildGuest(guest),
      contracts,
      provides: (name) => (name.startsWith('wasi:') ? { suspends: ['increment'] } : undefined),
      grantFor: (name) => (name.startsWith('wasi:keyvalue/') ? 'allow.keyvalue' : undefined),
      cacheDir: join(import.meta.dirname, '..', '..', '.cache', 'components'),
    },
    new AbortController().signal,
  );
}

test('inspectComponent tells what a component needs and offers', async () => {
  const { digest, bytes, glueBytes, producers, ...rest } = await inspected('counts');
  assert.ok(producers.some((tool) => tool.startsWith('wit-component ')));
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.ok(bytes > 0 && glueBytes > bytes);
  assert.deepEqual(rest, {
    imports: [
      { name: 'wasi:keyvalue/atomics@0.2.0-draft', known: true, grant: 'allow.keyvalue' },
      { name: 'wasi:keyvalue/store@0.2.0-draft', known: true, grant: 'allow.keyvalue' },
    ],
    exports: [
      {
        name: 'sluice:event/handler@0.1.0',
        functions: { handle: 'func(event: event) -> result<list<message>, failure>' },
      },
    ],
    contract: 'sluice:event/handler',
    contracts: ['sluice:event/handler'],
    suspends: true,
    callPath: 'direct',
    fresh: { way: 'new', reason: 'its calls may wait for an import' },
    memories: [{ minBytes: 65_536 }],
  });
});

test('inspectComponent tells of all contracts that a component meets', async () => {
  const { contract, contracts, callPath } = await inspected('both');
  assert.equal(contract, 'sluice:event/batch-handler');
  assert.deepEqual(contracts, ['sluice:event/batch-handler', 'sluice:event/handler']);
  assert.equal(callPath, 'direct');
});

test('inspectComponent tells whether fresh instances are reset, and if not, which core module stands in the way', async () => {
  assert.deepEqual((await inspected('choose')).fresh, { way: 'reset' });
  const { fresh } = await inspected('shelves');
  assert.deepEqual(fresh, { way: 'new', reason: 'component.core.wasm uses table.set' });
});

test('inspectComponent describes what has no contract, and what is not provided', async () => {
  const silent = await inspected('silent');
  assert.equal(silent.contract, undefined);
  assert.deepEqual(silent.contracts, []);
  assert.deepEqual(silent.exports, [{ name: 'greet', functions: { greet: 'func() -> u32' } }]);
  assert.deepEqual((await inspected('stranger')).imports, [
    { name: 'acme:weather/forecast@1.2.3', known: false, functions: { temperature: 'func() -> u32' } },
  ]);
});
