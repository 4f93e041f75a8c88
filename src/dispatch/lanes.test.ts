import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Laned, LanePhase } from './lane.ts';
import { Lanes } from './lanes.ts';

let log: string[];
let lanes: Lanes<Laned>;

beforeEach(() => {
  log = [];
  lanes = new Lanes(16);
});

interface Step extends Laned {
  isPlain: boolean;
}

function delivery(name: string, lane?: string): Step {
  return {
    lane,
    phase: 'waiting' satisfies LanePhase,
    isPlain: true,
    start: () => log.push(`start ${name}`),
    conclude: () => log.push(`conclude ${name}`),
    release: () => log.push(`release ${name}`),
  };
}

function lane(name: string, count: number): Step[] {
  return Array.from({ length: count }, (_, n) => delivery(`${name}${n + 1}`, name));
}

function take(...deliveries: Laned[]): void {
  lanes.taking();
  lanes.taken(deliveries);
}

/** What was logged since this was called last. */
function logged(): string {
  return log.splice(0).join(', ');
}

test('Lanes starts everything that has no lane at once', () => {
  take(delivery('1'), delivery('2'));
  assert.equal(logged(), 'start 1, start 2');
});

test('Lanes starts the deliveries of a lane together, in order, and other lanes beside it', () => {
  const [a1, a2] = lane('a', 2);
  take(a1!, delivery('b1', 'b'), a2!);
  assert.equal(logged(), 'start a1, start b1, start a2');
});

test('Lanes starts so many of a lane ahead, and the next when one is settled', () => {
  lanes = new Lanes(2);
  const [a1, a2, a3] = lane('a', 3);
  take(a1!, a2!, a3!);
  assert.equal(logged(), 'start a1, start a2');
  lanes.answered(a1!, true);
  lanes.over(a1!);
  assert.equal(logged(), 'conclude a1, start a3');
});

test('Lanes concludes a lane in order, whatever order its answers come in', () => {
  const [a1, a2, a3] = lane('a', 3);
  take(a1!, a2!, a3!);
  logged();
  lanes.answered(a3!, true);
  lanes.answered(a2!, true);
  assert.equal(logged(), '');
  lanes.answered(a1!, true);
  assert.equal(logged(), 'conclude a1, conclude a2, conclude a3');
});

test('Lanes lets nothing conclude before outputs ahead of it are confirmed, nor outputs before all ahead is settled', () => {
  const [a1, a2, a3] = lane('a', 3);
  a2!.isPlain = false;
  take(a1!, a2!, a3!);
  logged();
  for (const each of [a1, a2, a3]) lanes.answered(each!, true);
  assert.equal(logged(), 'conclude a1');
  lanes.over(a1!);
  assert.equal(logged(), 'conclude a2');
  lanes.over(a2!);
  assert.equal(logged(), 'conclude a3');
});

test('Lanes lets nothing conclude while an acceptance ahead of it waits for its source', () => {
  const [a1, a2, a3] = lane('a', 3);
  take(a1!, a2!, a3!);
  logged();
  lanes.answered(a1!, true);
  lanes.delayed(a1!);
  lanes.answered(a2!, true);
  assert.equal(logged(), 'conclude a1');
  lanes.over(a1!);
  assert.equal(logged(), 'conclude a2');
});

test('Lanes starts what came back unstarted again when all that was started is settled, and nothing before', () => {
  const [a1, a2, a3, a4] = lane('a', 4);
  take(a1!, a2!, a3!);
  logged();
  lanes.answered(a1!, true);
  lanes.returned(a3!);
  lanes.answered(a2!, false);
  take(a4!);
  assert.equal(logged(), 'conclude a1, conclude a2');
  lanes.over(a1!);
  assert.equal(logged(), '');
  lanes.over(a2!);
  assert.equal(logged(), 'start a3, start a4');
});

test('Lanes starts nothing behind a delivery that did not complete, even if nothing was behind it then', () => {
  const [a1, a2] = lane('a', 2);
  a1!.isPlain = false;
  take(a1!);
  lanes.answered(a1!, false);
  take(a2!);
  assert.equal(logged(), 'start a1, conclude a1');
  lanes.answered(a1!, true); // in place
  lanes.over(a1!);
  assert.equal(logged(), 'conclude a1, start a2');
});

test('Lanes gives back what is behind a delivery that goes back, in order, and leaves other lanes alone', () => {
  const [a1, a2, a3] = lane('a', 3);
  const [b1, b2] = lane('b', 2);
  take(a1!, a2!, a3!, b1!, b2!);
  logged();
  lanes.returned(a2!);
  lanes.returned(a3!);
  lanes.answered(a1!, false);
  lanes.close(a1!);
  assert.equal(logged(), 'conclude a1, release a2, release a3');
  lanes.answered(b1!, true);
  assert.equal(logged(), 'conclude b1');
});

test('Lanes gives back what was answered behind a delivery that goes back, and what runs when that has ended', () => {
  const [a1, a2, a3, a4] = lane('a', 4);
  a1!.isPlain = false;
  take(a1!, a2!, a3!, a4!);
  lanes.answered(a1!, true);
  lanes.answered(a2!, true);
  logged();
  lanes.close(a1!);
  assert.equal(logged(), 'release a2');
  lanes.confirmed(a1!);
  lanes.over(a1!);
  const again = delivery('a1 again', 'a');
  take(again);
  assert.equal(logged(), '');
  lanes.answered(a3!, true);
  lanes.returned(a4!);
  assert.equal(logged(), 'release a3, release a4, start a1 again');
});

test('Lanes gives back what a take that was under way brings for a closed lane, until that take has come back', () => {
  const [a1, a2] = lane('a', 2);
  take(a1!);
  lanes.taking();
  lanes.close(a1!);
  lanes.confirmed(a1!);
  lanes.over(a1!);
  lanes.taken([a2!]);
  take(delivery('a1 again', 'a'));
  assert.equal(logged(), 'start a1, release a2, start a1 again');
});

test('Lanes keeps a lane closed while its settlement is not confirmed, however many takes come back', () => {
  const [a1, a2, a3] = lane('a', 3);
  take(a1!);
  lanes.close(a1!);
  take(a2!);
  take(a3!);
  lanes.confirmed(a1!);
  lanes.over(a1!);
  take(delivery('a1 again', 'a'));
  assert.equal(logged(), 'start a1, release a2, release a3, start a1 again');
});

test('Lanes gives back everything that has not started when intake ends, and what comes back unstarted later', () => {
  lanes = new Lanes(2);
  const [a1, a2, a3] = lane('a', 3);
  take(a1!, a2!, a3!);
  logged();
  lanes.releaseWaiting();
  assert.equal(logged(), 'release a3');
  lanes.returned(a2!);
  lanes.answered(a1!, false);
  assert.equal(logged(), 'release a2, conclude a1');
});
