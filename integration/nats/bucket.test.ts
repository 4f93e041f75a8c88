import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kvm } from '@nats-io/kv';
import type { SharedStore } from '#trigger';
import { NatsServer } from '../brokers/nats.ts';
import { FaultProxy } from '../brokers/proxy.ts';
import { forFile } from '../for-file.ts';
import { Stage, until } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

function textOf(entry: { readonly value: Uint8Array } | undefined): string | undefined {
  return entry && Buffer.from(entry.value).toString();
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

async function bucket(name: string): Promise<SharedStore> {
  return stage.bucket({ bucket: name, create: {} });
}

test('a bucket that does not exist is made by create, and only then', async () => {
  await assert.rejects(stage.bucket({ bucket: 'missing' }), { code: 'SLU3311', transient: true });
  await bucket('made');
  await stage.bucket({ bucket: 'made' });
});

test('a bucket keeps values under any key, and gives each change a higher revision', async () => {
  const store = await bucket('values');
  const first = await store.put('a key: ü*>', bytes('1'));
  const second = await store.put('a key: ü*>', bytes('2'));
  assert.ok(first !== undefined && second !== undefined && second > first);
  assert.deepEqual(await store.get('a key: ü*>').then((entry) => [textOf(entry), entry?.revision]), ['2', second]);
  assert.equal(await store.get('another'), undefined);
  assert.equal(await store.delete('a key: ü*>'), true);
  assert.equal(await store.get('a key: ü*>'), undefined);
});

test('a conditional change is made only at the revision that it expects', async () => {
  const store = await bucket('conditions');
  const first = await store.put('k', bytes('1'), 0);
  assert.equal(await store.put('k', bytes('other'), 0), undefined);
  const second = await store.put('k', bytes('2'), first);
  assert.equal(await store.put('k', bytes('stale'), first), undefined);
  assert.equal(await store.delete('k', first), false);
  assert.equal(textOf(await store.get('k')), '2');
  assert.equal(await store.delete('k', second), true);
  assert.ok(((await store.put('k', bytes('again'), 0)) ?? 0) > (second ?? 0), 'a deleted key may be made anew');
});

test('of many that make the same key at once, one does', async () => {
  const stores = await Promise.all(Array.from({ length: 5 }, () => bucket('race')));
  const revisions = await Promise.all(stores.map((store, n) => store.put('slot', bytes(String(n)), 0)));
  assert.equal(revisions.filter((revision) => revision !== undefined).length, 1);
});

test('keys are listed by prefix', async () => {
  const store = await bucket('listed');
  for (const key of ['cron.a.1', 'cron.a.2', 'cron.b.1', 'cro', 'other']) await store.put(key, bytes('x'));
  await store.delete('cron.a.2');
  assert.deepEqual((await store.keys('')).toSorted(), ['cro', 'cron.a.1', 'cron.b.1', 'other']);
  assert.deepEqual((await store.keys('cron.')).toSorted(), ['cron.a.1', 'cron.b.1']);
  assert.deepEqual((await store.keys('cro')).toSorted(), ['cro', 'cron.a.1', 'cron.b.1']);
  assert.deepEqual(await store.keys('none.'), []);
});

test('a watch tells the present and then each change, also those made while the connection was lost', async () => {
  await using proxy = await FaultProxy.listen(server.port);
  const writer = await bucket('watched');
  await writer.put('k.1', bytes('1'));
  const store = await stage.bucket({ bucket: 'watched' }, { servers: proxy.address });
  const seen = new Map<string, string | undefined>();
  const stop = new AbortController();
  await store.watch('k.', (key, entry) => seen.set(key, textOf(entry)), stop.signal);
  assert.deepEqual([...seen], [['k.1', '1']]);
  await writer.put('k.2', bytes('2'));
  await until(() => seen.get('k.2') === '2');
  proxy.refuse();
  await writer.put('k.3', bytes('3'));
  await writer.delete('k.1');
  proxy.heal();
  await until(() => seen.get('k.3') === '3' && seen.has('k.1') && seen.get('k.1') === undefined);
  stop.abort();
  await writer.put('k.4', bytes('4'));
  await writer.get('k.4');
  assert.equal(seen.has('k.4'), false);
});

test('a store whose broker is away rejects passingly, and works again after', async () => {
  await using proxy = await FaultProxy.listen(server.port);
  await bucket('away');
  const store = await stage.bucket({ bucket: 'away' }, { servers: proxy.address });
  proxy.refuse();
  await until(() =>
    store.get('k').then(
      () => false,
      (thrown: { transient?: boolean }) => thrown.transient === true,
    ),
  );
  proxy.heal();
  await until(() =>
    store.put('k', bytes('1')).then(
      () => true,
      () => false,
    ),
  );
});

test('a store whose bucket is deleted rejects passingly and names it, and works again when there is one', async () => {
  const store = await bucket('deleted');
  await store.put('k', bytes('1'));
  await stage.jsm.streams.delete('KV_deleted');
  for (const asking of [store.get('k'), store.put('k', bytes('2')), store.delete('k'), store.keys('')]) {
    await assert.rejects(asking, { transient: true });
  }
  await assert.rejects(store.get('k'), { code: 'SLU3311', message: /'deleted'/ });
  await bucket('deleted');
  assert.equal(await store.get('k'), undefined);
  assert.equal(await store.put('k', bytes('3'), 0), 1);
});

test('a value that somebody else put into the bucket is read as it is', async () => {
  const store = await bucket('shared');
  const kv = await new Kvm(stage.nc).open('shared');
  await kv.put('plain.key', 'by hand');
  assert.equal(textOf(await store.get('plain.key')), 'by hand');
});
