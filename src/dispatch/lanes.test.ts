import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Laned, Lanes } from './lanes.ts';

let log: string[];
let lanes: Lanes<Laned>;

beforeEach(() => {
  log = [];
  lanes = new Lanes();
});

function delivery(name: string, lane?: string): Laned {
  return { lane, start: () => log.push(`start ${name}`), release: () => log.push(`release ${name}`) };
}

function take(...deliveries: Laned[]): void {
  lanes.taking();
  lanes.taken(deliveries);
}

test('Lanes starts everything that has no lane at once', () => {
  take(delivery('1'), delivery('2'));
  assert.deepEqual(log, ['start 1', 'start 2']);
});

test('Lanes runs one lane in order, one at a time, and other lanes beside it', () => {
  const [a1, a2, a3, b1] = [delivery('a1', 'a'), delivery('a2', 'a'), delivery('a3', 'a'), delivery('b1', 'b')];
  take(a1, a2, b1);
  take(a3);
  assert.deepEqual(log, ['start a1', 'start b1']);
  lanes.finished(a1);
  lanes.finished(a2);
  assert.deepEqual(log, ['start a1', 'start b1', 'start a2', 'start a3']);
});

test('Lanes gives back what waits behind a head that goes back, in order, and leaves other lanes alone', () => {
  const [a1, b1, b2] = [delivery('a1', 'a'), delivery('b1', 'b'), delivery('b2', 'b')];
  take(a1, delivery('a2', 'a'), delivery('a3', 'a'), b1, b2);
  lanes.close(a1);
  lanes.finished(b1);
  assert.deepEqual(log, ['start a1', 'start b1', 'release a2', 'release a3', 'start b2']);
});

test('Lanes gives back what a take that was under way brings for a closed lane, until that take has come back', () => {
  const a1 = delivery('a1', 'a');
  take(a1);
  lanes.taking();
  lanes.close(a1);
  lanes.confirmed(a1);
  lanes.finished(a1);
  lanes.taken([delivery('a2', 'a')]);
  take(delivery('a1 again', 'a'));
  assert.deepEqual(log, ['start a1', 'release a2', 'start a1 again']);
});

test('Lanes keeps a lane closed while its settlement is not confirmed, however many takes come back', () => {
  const a1 = delivery('a1', 'a');
  take(a1);
  lanes.close(a1);
  take(delivery('a2', 'a'));
  take(delivery('a3', 'a'));
  lanes.confirmed(a1);
  take(delivery('a1 again', 'a'));
  assert.deepEqual(log, ['start a1', 'release a2', 'release a3', 'start a1 again']);
});

test('Lanes gives back everything that has not started when intake ends, and lets the heads finish', () => {
  const a1 = delivery('a1', 'a');
  take(a1, delivery('a2', 'a'));
  lanes.releaseWaiting();
  lanes.finished(a1);
  assert.deepEqual(log, ['start a1', 'release a2']);
});
