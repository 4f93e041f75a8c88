import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../../src/trigger/conformance/index.ts';
import { Standstill } from './standstill.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Setup {
  readonly standstill: Standstill;
  readonly clock: ManualClock;
  readonly stops: () => number;
  /** Lets that many seconds pass, one after another. */
  readonly pass: (seconds: number) => Promise<void>;
}

/** Something called `slot` with the mark `1`, and a patience of 3 s. */
function setUp(): Setup {
  const clock = new ManualClock();
  let stops = 0;
  const standstill = new Standstill(clock, 3000, () => (stops += 1));
  standstill.look(new Map([['slot', '1']]));
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1000);
      await turn();
    }
  };
  return { standstill, clock, stops: () => stops, pass };
}

test('Standstill tells what has had the same mark for the whole time, once', async () => {
  const { standstill, stops, pass } = setUp();
  await pass(2);
  standstill.look(new Map([['slot', '1']]));
  assert.deepEqual([standstill.has('slot', '1'), stops()], [false, 0]);
  await pass(1);
  assert.deepEqual([standstill.has('slot', '1'), stops()], [true, 1]);
  await pass(10);
  assert.deepEqual([standstill.has('slot', '2'), standstill.has('other', '1'), stops()], [false, false, 1]);
});

test('Standstill restarts with each new mark, and on request', async () => {
  const { standstill, pass } = setUp();
  await pass(2);
  standstill.look(new Map([['slot', '2']]));
  await pass(2);
  assert.equal(standstill.has('slot', '2'), false);
  standstill.restart();
  standstill.look(new Map([['slot', '2']]));
  await pass(2);
  assert.equal(standstill.has('slot', '2'), false);
  await pass(1);
  assert.equal(standstill.has('slot', '2'), true);
});

test('Standstill does not count the time for which its own process was suspended', async () => {
  const { standstill, clock, pass } = setUp();
  clock.advance(60_000);
  await turn();
  assert.equal(standstill.has('slot', '1'), false);
  await pass(2);
  assert.equal(standstill.has('slot', '1'), true);
});

test('Standstill does not look at any clock: one that is set changes nothing', async () => {
  const { standstill, clock, pass } = setUp();
  clock.advance(-3_600_000);
  clock.advance(3_600_000);
  await pass(3);
  assert.equal(standstill.has('slot', '1'), true);
});
