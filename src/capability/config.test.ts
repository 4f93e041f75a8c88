import assert from 'node:assert/strict';
import { test } from 'node:test';
import { config } from './config.ts';
import { LoneInstance } from './testing/lone-instance.ts';

interface Store {
  get(key: string): string | undefined;
  getAll(): [string, string][];
}

async function storeOf(values: Record<string, string>): Promise<Store> {
  // What generated code calls.
  return (await config.bind('wasi:config/store@0.2.0-rc.1', new LoneInstance({ grants: { config: values } }))) as Store;
}

test('wasi:config tells the values of the component, one by one and all', async () => {
  const store = await storeOf({ currency: 'EUR', empty: '' });
  assert.equal(store.get('currency'), 'EUR');
  assert.equal(store.get('empty'), '');
  assert.deepEqual(store.getAll(), [
    ['currency', 'EUR'],
    ['empty', ''],
  ]);
});

test('wasi:config knows nothing that the manifest does not say', async () => {
  const store = await storeOf({});
  for (const key of ['currency', 'toString', '__proto__']) assert.equal(store.get(key), undefined);
  assert.deepEqual(store.getAll(), []);
});
