import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FetchedBatch } from '../client/kafka-client.ts';
import { type Order, Partition } from './partition.ts';
import type { PendingRecord } from './pending-record.ts';

const place = { topic: 'orders', partition: 3 };

function partition(order: Order, attempts: ReadonlyMap<number, number> = new Map()): Partition {
  return new Partition(place, order, { offset: 0, attempts, end: 0 }, { bytes: 0 });
}

/** Records from an offset on, one for each key. */
function batch(from: number, ...keys: readonly (string | null)[]): FetchedBatch {
  const records = keys.map((key, n) => ({
    offset: from + n,
    timestamp: 1000 + from + n,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from('x'),
    headers: [],
  }));
  return { from, records, next: from + keys.length, end: from + keys.length };
}

function takeAll(from: Partition, nowMs = 0): PendingRecord[] {
  const taken: PendingRecord[] = [];
  for (let next = from.take(nowMs); next !== undefined; next = from.take(nowMs)) taken.push(next);
  return taken;
}

function offsetsOf(taken: readonly PendingRecord[]): number[] {
  return taken.map(({ offset }) => offset);
}

test('Partition keeps the order of each lane, and loses nothing, whatever becomes of its records', () => {
  for (const order of ['key', 'partition', 'none'] as const) {
    for (let seed = 1; seed <= 30; seed += 1) wander(order, seed);
  }
});

/** A few hundred records that finish, fail and come back at random; every one of them must be finished, each lane in its order. */
function wander(order: Order, seed: number): void {
  let state = seed;
  const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  const subject = partition(order);
  subject.share = 100 * (seed % 2);
  const out: PendingRecord[] = [];
  const finished = new Map<string, number>();
  const count = 400;
  let fetched = 0;
  let now = 0;
  for (let done = 0; done < count;) {
    if (fetched < count && random(3) === 0) {
      const length = Math.min(1 + random(40), count - fetched);
      const key = (): string | null => (random(5) === 0 ? null : `k${random(4)}`);
      subject.fetched(batch(fetched, ...Array.from({ length }, key)));
      fetched += length;
    }
    for (let some = random(8); some > 0; some -= 1) {
      const next = subject.take(now);
      if (next !== undefined) out.push(next);
    }
    now += random(20);
    // As the dispatcher does: of a lane, only the first that is out runs; when it comes back, so does what is behind it.
    const at = out.findIndex(({ lane }, n) => lane === undefined || out.findIndex((one) => one.lane === lane) === n);
    const head = out[at];
    if (head === undefined) continue;
    out.splice(at, 1);
    const fate = random(4);
    if (fate < 2) {
      subject.finish(head);
      done += 1;
      if (head.lane !== undefined) {
        assert.ok((finished.get(head.lane) ?? -1) < head.offset, `${order}, seed ${seed}: ${head.offset} came late`);
        finished.set(head.lane, head.offset);
      }
    } else {
      const behind = head.lane === undefined ? [] : out.filter(({ lane }) => lane === head.lane);
      for (const one of behind) {
        out.splice(out.indexOf(one), 1);
        subject.release(one);
      }
      if (fate === 2) subject.retry(head, now + random(50));
      else subject.release(head);
    }
  }
  assert.deepEqual(
    [subject.unfinished, subject.watermark, subject.waitingReady, subject.waitingDelayed],
    [0, count, 0, 0],
  );
}

test('Partition gives out a few records of a busy lane, so that it leaves room for others', () => {
  const subject = partition('key');
  subject.fetched(batch(0, ...Array.from({ length: 1000 }, () => 'busy'), 'other'));
  const taken = takeAll(subject);
  assert.deepEqual(offsetsOf(taken), [...Array.from({ length: 16 }, (_, n) => n), 1000]);
  for (const one of taken.slice(0, 8)) subject.finish(one);
  assert.deepEqual(offsetsOf(takeAll(subject)), [16, 17, 18, 19, 20, 21, 22, 23]);
});

test('Partition holds back the lane of a retry until its time, and no other', () => {
  const subject = partition('key');
  subject.fetched(batch(0, 'a', 'a', 'b'));
  const [first, second, other] = takeAll(subject);
  assert.ok(first && second && other);
  subject.release(second);
  subject.retry(first, 500);
  subject.finish(other);
  assert.deepEqual(offsetsOf(takeAll(subject, 499)), []);
  assert.deepEqual([subject.nextDue, subject.waitingDelayed], [500, 2]);
  const again = takeAll(subject, 500);
  assert.deepEqual(
    again.map(({ offset, attempts }) => [offset, attempts]),
    [
      [0, 1],
      [1, 0],
    ],
  );
});

test('Partition keeps no more of a fetch than a record that waits for its retry', () => {
  const subject = partition('key');
  const fetch = Buffer.alloc(2 ** 20, 'x');
  const record = { offset: 0, timestamp: 0, key: fetch.subarray(0, 1), value: fetch.subarray(1, 9), headers: [] };
  subject.fetched({ from: 0, records: [record], next: 1, end: 1 });
  const [only] = takeAll(subject);
  assert.ok(only);
  subject.retry(only, 500);
  const [again] = takeAll(subject, 500);
  assert.deepEqual([again?.record.value?.byteLength, again?.record.value?.buffer.byteLength], [8, 8]);
});

test('Partition counts attempts that were noted before', () => {
  const subject = partition('key', new Map([[1, 3]]));
  subject.fetched(batch(0, 'a', 'b'));
  const [first, second] = takeAll(subject);
  assert.deepEqual([first?.attempts, second?.attempts], [0, 3]);
  assert.ok(second);
  subject.finish(second);
  assert.equal(subject.attempts.size, 0);
});

test('Partition begins anew where a log goes back, and what is out is finished in vain', () => {
  const subject = partition('key');
  subject.fetched(batch(100, 'a', 'b'));
  const [stale] = takeAll(subject);
  assert.ok(stale);
  assert.equal(subject.fetched(batch(5, 'a', 'b')), -97);
  subject.finish(stale);
  assert.deepEqual([subject.watermark, subject.unfinished], [5, 2]);
  assert.deepEqual(offsetsOf(takeAll(subject)), [5, 6]);
});

test('Partition commits what is held only as far as nothing below it is unfinished', () => {
  const subject = partition('none');
  subject.fetched(batch(0, null, null, null));
  const [first, second, third] = takeAll(subject);
  assert.ok(first && second && third);
  subject.hold(second, []);
  assert.deepEqual([offsetsOf(subject.held.places), subject.held.watermark], [[], 0]);
  subject.hold(first, []);
  assert.deepEqual([offsetsOf(subject.held.places), subject.held.watermark], [[0, 1], 2]);
  assert.equal(subject.watermark, 0);
  for (const one of subject.held.places) subject.retire(one);
  assert.deepEqual([subject.watermark, subject.unfinished], [2, 1]);
});
