import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContractApp } from './contract-app.ts';

// What components of Spin import beside their trigger: key-value stores and variables, in both forms that Spin gave them.

const keys = 'config = { colour = "red" }\nallow = { keyvalue = ["default"] }';

for (const host of ['thread', 'process'] as const) {
  test(`fermyon:spin/key-value@2.0.0 and variables are the stores and the config table, on the host ${host}`, async () => {
    await using app = await ContractApp.open({ 'spin-stores': keys }, host);
    await app.put('spin-stores', ['default', 'other']);
    await app.settled('spin-stores', 2);
    assert.deepEqual(app.letters('spin-stores'), {});
    const variables = "red error 1 the component's config table has no key 'taste'";
    assert.deepEqual(app.seen('spin-stores').toSorted(), [
      'none -> none+ exists=1 keys=1 k left=0 empty=error 3 a key has 1 to 1024 bytes, got 0',
      'open=error 2', // a store that is not granted is denied
      variables,
      variables,
    ]);
  });
}

test('fermyon:spin/key-value and config without a version are the same stores and table, with the errors that they have', async () => {
  await using app = await ContractApp.open({ 'spin-first-stores': keys }, 'thread');
  await app.put('spin-first-stores', ['default', 'other']);
  await app.settled('spin-first-stores', 2);
  assert.deepEqual(app.letters('spin-first-stores'), {});
  assert.deepEqual(app.seen('spin-first-stores').toSorted(), [
    'before=1 4 after=k keys=1 empty=error 5 a key has 1 to 1024 bytes, got 0 closed=1 3',
    'open=error 2',
    'red',
    'red',
  ]);
});
