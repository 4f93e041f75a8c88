import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBroker } from '../../trigger/conformance/memory-store.ts';
import { SharedKeyValue } from './shared-key-value.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

/** Two replicas of an application that call the same store by the same name. */
function replicas(): { broker: MemoryBroker; one: SharedKeyValue; other: SharedKeyValue } {
  const broker = new MemoryBroker();
  const [one, other] = [broker.connect(), broker.connect()].map((store) => new SharedKeyValue(new Map([['s', store]])));
  assert.ok(one !== undefined && other !== undefined);
  return { broker, one, other };
}

test('SharedKeyValue shows one replica what another has changed', async () => {
  const { one, other } = replicas();
  await one.change('s', [
    ['a', bytes('1')],
    ['b', bytes('')],
  ]);
  assert.deepEqual((await other.getMany('s', ['b', 'none', 'a'])).map(text), ['', undefined, '1']);
  await other.change('s', [['a', undefined]]);
  assert.deepEqual([await one.exists('s', 'a'), await one.exists('s', 'b')], [false, true]);
});

test('SharedKeyValue.increment is exact when replicas count the same key at once', async () => {
  const { one, other } = replicas();
  const counting = [one, other].flatMap((replica) =>
    Array.from({ length: 50 }, () => replica.increment('s', 'count', 1n, 'u64')),
  );
  assert.equal(new Set(await Promise.all(counting)).size, 100);
  assert.equal(text(await one.get('s', 'count')), '100');
});

test('SharedKeyValue.swap replaces a value only while it is the expected one', async () => {
  const { one, other } = replicas();
  const swaps = await Promise.all([
    one.swap('s', 'k', undefined, bytes('1')),
    other.swap('s', 'k', undefined, bytes('2')),
  ]);
  assert.deepEqual(swaps, [true, false]);
  assert.equal(await other.swap('s', 'k', bytes('2'), bytes('3')), false);
  assert.equal(await other.swap('s', 'k', bytes('1'), bytes('3')), true);
  assert.equal(text(await one.get('s', 'k')), '3');
});

test('SharedKeyValue neither shows nor changes what Sluice itself keeps in a store', async () => {
  const { broker, one } = replicas();
  broker.put('sluice.cron.report', bytes('slots'));
  broker.put('mine', bytes(''));
  assert.deepEqual(await one.list('s'), { keys: ['mine'] });
  const refused = { message: /Sluice's own/ };
  await assert.rejects(one.get('s', 'sluice.cron.report'), refused);
  await assert.rejects(
    one.change('s', [
      ['other', bytes('')],
      ['sluice.cron.report', undefined],
    ]),
    refused,
  );
  assert.deepEqual([...broker.entries.keys()], ['sluice.cron.report', 'mine']);
});

test('SharedKeyValue gets no more at once than it may hold', async () => {
  const { one } = replicas();
  await one.change('s', [['big', new Uint8Array(1024 * 1024)]]);
  const keys = Array.from({ length: 17 }, () => 'big');
  await assert.rejects(one.getMany('s', keys), { message: /16777216 bytes may be got at once/ });
});
