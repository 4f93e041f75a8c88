import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../clock.ts';
import { silentLogger } from '../../logger.ts';
import { StateFile } from '../../state/state-file.ts';
import { MemoryBroker } from '../../trigger/conformance/memory-store.ts';
import type { SharedStore } from '../../trigger/shared-store.ts';
import { type CapabilityService, type Grants, WitError } from '../capability.ts';
import { LoneInstance, nobody } from '../testing/lone-instance.ts';
import type { Bucket, Cas } from './wasi-stores.ts';
import { keyvalue } from './keyvalue.ts';
import type { Entry, StoreError } from './limits.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

/** What the guest gets as the `err` of the result. */
const payloadOf = (thrown: unknown): unknown => (thrown instanceof WitError ? thrown.payload : thrown);

const other = (reason: RegExp) => (thrown: unknown) => {
  const payload = payloadOf(thrown) as StoreError;
  assert.equal(payload.tag, 'other');
  assert.match(payload.val, reason);
  return true;
};

/** The interfaces as generated code calls them. */
interface KeyValue {
  readonly store: { open(name: string): Bucket };
  readonly atomics: {
    readonly Cas: { new: (bucket: Bucket, key: string) => Promise<Cas> };
    increment(bucket: Bucket, key: string, delta: bigint): Promise<bigint>;
    swap(cas: Cas, value: Uint8Array): Promise<void>;
  };
  readonly batch: {
    getMany(bucket: Bucket, keys: readonly string[]): Promise<([string, Uint8Array] | undefined)[]>;
    setMany(bucket: Bucket, entries: readonly Entry[]): Promise<void>;
    deleteMany(bucket: Bucket, keys: readonly string[]): Promise<void>;
  };
}

type Stores = ReadonlyMap<string, SharedStore>;

function serviceOf(state: StateFile, granted: readonly string[], stores: Stores = new Map()): CapabilityService {
  const grants: Grants = { config: {}, env: {}, keyvalue: granted, files: {}, http: [], publish: {} };
  const service = keyvalue.serve?.({ component: 'test', grants, state, stores, clock: systemClock, log: silentLogger });
  assert.ok(service !== undefined);
  return service;
}

async function bound(
  state: StateFile,
  version = '0.2.0-draft',
  granted = ['default'],
  stores?: Stores,
): Promise<KeyValue> {
  const instance = new LoneInstance({ grants: { keyvalue: granted }, service: serviceOf(state, granted, stores) });
  const [store, atomics, batch] = await Promise.all(
    ['store', 'atomics', 'batch'].map((name) => keyvalue.bind(`wasi:keyvalue/${name}@${version}`, instance)),
  );
  return { store, atomics, batch } as KeyValue;
}

test('wasi:keyvalue opens granted stores, and denies others without telling whether there are any', async () => {
  await using state = StateFile.open(':memory:');
  const { store } = await bound(state, '0.2.0-draft', ['default', 'carts']);
  assert.doesNotThrow(() => store.open('carts'));
  for (const name of ['secrets', 'Default', 'carts ']) {
    assert.throws(() => store.open(name), { payload: { tag: 'access-denied' } });
  }
});

test('wasi:keyvalue takes no name for the store `default`', async () => {
  await using state = StateFile.open(':memory:');
  const { store } = await bound(state);
  await store.open('').set('k', bytes('v'));
  assert.equal(text(await store.open('default').get('k')), 'v');
});

test('wasi:keyvalue on main serves granted stores only, whatever a thread asks', async () => {
  await using state = StateFile.open(':memory:');
  const serve = serviceOf(state, ['default']);
  await assert.rejects(serve('get', ['secrets', 'k'], nobody), { name: 'NotGranted', message: /allow\.keyvalue/ });
  await assert.rejects(serve('constructor', ['default'], nobody), TypeError);
});

test('wasi:keyvalue refuses keys and values that are too long, and says how long they may be', async () => {
  await using state = StateFile.open(':memory:');
  const { store } = await bound(state);
  const bucket = store.open('default');
  await assert.rejects(bucket.get(''), other(/1 to 1024 bytes, got 0/));
  await assert.rejects(bucket.get('ü'.repeat(513)), other(/1 to 1024 bytes, got 1026/));
  await assert.rejects(bucket.get('a\0b'), other(/U\+0000/));
  await assert.rejects(bucket.set('k', new Uint8Array(1024 * 1024 + 1)), other(/at most 1048576 bytes/));
  await bucket.set('ü'.repeat(512), new Uint8Array(1024 * 1024));
  assert.equal((await bucket.get('ü'.repeat(512)))?.length, 1024 * 1024);
});

test('wasi:keyvalue counts in u64 in its first draft and in s64 in its second', async () => {
  await using state = StateFile.open(':memory:');
  const first = await bound(state, '0.2.0-draft');
  const second = await bound(state, '0.2.0-draft2');
  const bucket = first.store.open('default');
  await bucket.set('k', bytes(String(2n ** 63n - 1n)));
  await assert.rejects(second.atomics.increment(second.store.open('default'), 'k', 1n), other(/out of range of a s64/));
  assert.equal(await first.atomics.increment(bucket, 'k', 1n), 2n ** 63n);
});

test('wasi:keyvalue pages by numbers in its first draft and by text in its second', async () => {
  await using state = StateFile.open(':memory:');
  const first = (await bound(state, '0.2.0-draft')).store.open('default');
  const { store, batch } = await bound(state, '0.2.0-draft2');
  const second = store.open('default');
  const keys = Array.from({ length: 1500 }, (_, n) => `k${n}`);
  for (const half of [keys.slice(0, 750), keys.slice(750)]) {
    await batch.setMany(
      second,
      half.map((key) => [key, bytes('')]),
    );
  }

  const number = (await first.listKeys(undefined)).cursor;
  const string = (await second.listKeys(undefined)).cursor;
  assert.deepEqual([typeof number, typeof string], ['bigint', 'string']);
  for (const rest of [await first.listKeys(number), await second.listKeys(string)]) {
    assert.deepEqual(rest, { keys: keys.slice(1000), cursor: undefined });
  }
  await assert.rejects(second.listKeys('somewhere'), other(/cursor/));
});

test('wasi:keyvalue batches get, set and delete many keys', async () => {
  await using state = StateFile.open(':memory:');
  const { store, batch } = await bound(state);
  const bucket = store.open('default');
  await batch.setMany(bucket, [
    ['a', bytes('1')],
    ['b', bytes('2')],
  ]);
  await batch.deleteMany(bucket, ['a', 'never there']);
  const found = await batch.getMany(bucket, ['b', 'a']);
  assert.deepEqual(
    found.map((entry) => entry && [entry[0], text(entry[1])]),
    [['b', '2'], undefined],
  );
});

test('wasi:keyvalue stores nothing of a batch that it refuses', async () => {
  await using state = StateFile.open(':memory:');
  const { store, batch } = await bound(state);
  const bucket = store.open('default');
  const many = Array.from({ length: 1001 }, (_, n): Entry => [`k${n}`, bytes('')]);
  assert.throws(() => batch.setMany(bucket, many), other(/at most 1000 entries/));
  const large = Array.from({ length: 17 }, (_, n): Entry => [`k${n}`, new Uint8Array(1024 * 1024)]);
  assert.throws(() => batch.setMany(bucket, large), other(/at most 16777216 bytes/));
  assert.throws(
    () =>
      batch.setMany(bucket, [
        ['good', bytes('')],
        ['', bytes('')],
      ]),
    other(/1 to 1024 bytes/),
  );
  assert.deepEqual((await bucket.listKeys(undefined)).keys, []);
});

test('wasi:keyvalue swaps a value only while it is as it was seen, and hands out a fresh handle otherwise', async () => {
  await using state = StateFile.open(':memory:');
  const { store, atomics } = await bound(state, '0.2.0-draft2');
  const bucket = store.open('default');
  const cas = await atomics.Cas.new(bucket, 'k');
  await bucket.set('k', bytes('theirs'));

  let fresh: Cas | undefined;
  await assert.rejects(atomics.swap(cas, bytes('mine')), (thrown) => {
    const { tag, val } = payloadOf(thrown) as { tag: string; val: Cas };
    fresh = val;
    return tag === 'cas-failed';
  });
  assert.equal(text(await bucket.get('k')), 'theirs');
  assert.equal(text(await fresh?.current()), 'theirs');
  assert.ok(fresh !== undefined);
  await atomics.swap(fresh, bytes('mine'));
  assert.equal(text(await bucket.get('k')), 'mine');
});

test('wasi:keyvalue reports a refused swap as the store error within', async () => {
  await using state = StateFile.open(':memory:');
  const { store, atomics } = await bound(state, '0.2.0-draft2');
  const cas = await atomics.Cas.new(store.open('default'), 'k');
  await assert.rejects(atomics.swap(cas, new Uint8Array(2 ** 20 + 1)), (thrown) => {
    assert.partialDeepStrictEqual(payloadOf(thrown), { tag: 'store-error', val: { tag: 'other' } });
    return true;
  });
});

test('wasi:keyvalue answers with the other error when the state file fails', async () => {
  const state = StateFile.open(':memory:');
  const { store } = await bound(state);
  const bucket = store.open('default');
  await state[Symbol.asyncDispose]();
  await assert.rejects(bucket.set('k', bytes('v')), other(/closed/));
});

test('wasi:keyvalue keeps what is in a store of the manifest there, and all else in the state file', async () => {
  await using state = StateFile.open(':memory:');
  const broker = new MemoryBroker();
  const { store } = await bound(state, '0.2.0-draft', ['default', 'shared'], new Map([['shared', broker.connect()]]));
  await store.open('shared').set('k', bytes('all replicas'));
  await store.open('default').set('k', bytes('this one'));
  assert.deepEqual([...broker.entries.keys()], ['k']);
  assert.equal(text(await store.open('shared').get('k')), 'all replicas');
  assert.equal(text(await store.open('default').get('k')), 'this one');
});
