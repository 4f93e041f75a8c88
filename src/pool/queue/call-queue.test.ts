import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CallQueue } from './call-queue.ts';
import { PooledCall } from '../call.ts';
import { ToldCall } from '../testing/told-call.ts';

const call = (source: string, n: number): PooledCall => new PooledCall(new ToldCall(`${source}${n}`, { source }));
const names = (calls: readonly PooledCall[]): string => calls.map(({ call }) => call.event.id).join(' ');

function queueOf(...calls: readonly PooledCall[]): CallQueue {
  const queue = new CallQueue(() => 1);
  for (const each of calls) queue.add(each);
  return queue;
}

const thread = {};

function takeAll(queue: CallQueue): PooledCall[] {
  const all: PooledCall[] = [];
  for (let call = queue.take(thread); call !== undefined; call = queue.take(thread)) all.push(call);
  return all;
}

function backlog(source: string, length: number): PooledCall[] {
  return Array.from({ length }, (_, n) => call(source, n));
}

test('CallQueue lets sources take turns, and keeps the order of each', () => {
  const queue = queueOf(...backlog('a', 4), ...backlog('b', 2), ...backlog('c', 1));
  assert.equal(names(takeAll(queue)), 'a0 b0 c0 a1 b1 a2 a3');
});

test('CallQueue gives a newcomer its turn before the rest of a backlog', () => {
  const queue = queueOf(...backlog('a', 1000));
  queue.take(thread);
  queue.add(call('b', 0));
  assert.deepEqual(
    [queue.take(thread), queue.take(thread)].map((each) => each?.call.event.id),
    ['a1', 'b0'],
  );
});

test('CallQueue gives what was put back before the rest of its source, in the given order, at the turn of the first', () => {
  const queue = queueOf(...backlog('a', 2));
  const [first, second, third, fourth] = backlog('b', 4);
  queue.add(fourth!);
  queue.putBack([third!]);
  queue.putBack([first!, second!]);
  assert.equal(names(takeAll(queue)), 'b0 a0 b1 a1 b2 b3');
});

test('CallQueue keeps the order of a long backlog', () => {
  const calls = backlog('a', 5000);
  const queue = queueOf(...calls.slice(0, 3000));
  const taken = Array.from({ length: 2500 }, () => queue.take(thread)!);
  for (const each of calls.slice(3000)) queue.add(each);
  taken.push(...takeAll(queue));
  assert.deepEqual(taken, calls);
});

test('CallQueue takes all calls of one source, and leaves the others as they were', () => {
  const queue = queueOf(...backlog('a', 2), ...backlog('b', 2));
  queue.putBack([call('b', 9), call('c', 9)]);
  assert.equal(queue.take(thread)?.call.event.id, 'b9');
  assert.equal(names(queue.takeOf('b')), 'b0 b1');
  assert.deepEqual(queue.takeOf('b'), []);
  assert.equal(queue.size, 3);
  assert.equal(names(takeAll(queue)), 'c9 a0 a1');
});

test('CallQueue gives no suspect to whom it cannot trust one', () => {
  const [suspect, other] = backlog('a', 2);
  suspect!.suspect = true;
  const queue = queueOf(suspect!, other!);
  assert.equal(queue.takeUnsuspected(thread, true), undefined);
  assert.equal(queue.take(thread), suspect);
  assert.equal(queue.takeUnsuspected(thread, true), other);
  assert.equal(queue.takeUnsuspected(thread, true), undefined);
  assert.equal(queue.size, 0);
});

test('CallQueue keeps nothing of what was taken: an answer can be larger than all that waits', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void; // what the flag adds
  const queue = queueOf(...backlog('a', 20));
  const taken = Array.from({ length: 10 }, () => new WeakRef(queue.take(thread)!));
  return new Promise((resolve) => setImmediate(resolve)).then(() => {
    collectGarbage();
    assert.equal(queue.size, 10);
    assert.deepEqual(
      taken.map((each) => each.deref()),
      taken.map(() => undefined),
    );
  });
});
