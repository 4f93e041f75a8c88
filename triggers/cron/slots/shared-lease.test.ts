import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '#trigger';
import { ManualClock, MemoryBroker } from '../../../src/trigger/conformance/index.ts';
import { SharedLease } from './shared-lease.ts';
import { SlotBoard } from './slot-board.ts';

const MINUTE = 60_000;
const leaseMs = 3000;

interface Setup {
  readonly one: SharedLease;
  readonly two: SharedLease;
  readonly ended: string[];
  /** Lets that many seconds pass, one after another. */
  readonly pass: (seconds: number) => Promise<void>;
}

/** Slots `a` and `b`, which may run now, and `later`, which may run in a minute; two replicas that ask for them. */
async function setUp(alone: boolean): Promise<Setup> {
  const clock = new ManualClock();
  const broker = new MemoryBroker();
  const ended: string[] = [];
  const join = async (): Promise<[SlotBoard, SharedLease]> => {
    const board = await SlotBoard.read({ store: broker.connect(), trigger: 'job', clock, log: silentLogger });
    await board.follow();
    const note = async ({ id }: { id: string }, kind: string): Promise<void> => void ended.push(`${id} ${kind}`);
    return [board, new SharedLease({ board, clock, leaseMs, alone, ended: note })];
  };
  const [board, one] = await join();
  const [, two] = await join();
  const now = clock.now();
  await board.change((draft) => {
    for (const id of ['a', 'b', 'later']) {
      const notBefore = id === 'later' ? now + MINUTE : now;
      draft.slots.push({ id, time: now, run: 'manual', notBefore, attempts: 0, token: 0 });
    }
    return true;
  });
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { one, two, ended, pass };
}

test('SharedLease gives a slot to one replica alone, however many ask', async () => {
  const { one, two } = await setUp(false);
  const claims = await Promise.all([one.claim('a'), two.claim('a'), two.claim('b')]);
  assert.deepEqual(claims, [{ token: 1, attempt: 1 }, undefined, { token: 1, attempt: 1 }]);
});

test('SharedLease gives one slot of the trigger at a time when it is to run alone', async () => {
  const { one, two } = await setUp(true);
  const [claim, refused] = await Promise.all([one.claim('a'), two.claim('b')]);
  assert.deepEqual([claim?.token, refused], [1, undefined]);
  assert.equal(await one.end('a', 1, { kind: 'done' }), true);
  assert.equal((await two.claim('b'))?.token, 1);
});

test('SharedLease gives no slot that has ended, and none before its time', async () => {
  const { one, two, ended, pass } = await setUp(false);
  await one.claim('a');
  await one.end('a', 1, { kind: 'done' });
  assert.deepEqual([await one.claim('a'), await two.claim('a'), ended], [undefined, undefined, ['a done']]);
  assert.equal(await two.claim('later'), undefined);
  await pass(60);
  assert.equal((await two.claim('later'))?.attempt, 1);
});

test('SharedLease keeps a slot with a holder whose beat goes on, and gives it away when that stands still', async () => {
  const { one, two, pass } = await setUp(false);
  await one.claim('a');
  for (let beat = 0; beat < 5; beat += 1) {
    await pass(2);
    assert.equal(await two.claim('a'), undefined);
    assert.equal(await one.extend('a', 1), true);
  }
  await pass(2);
  assert.equal(await two.claim('a'), undefined);
  await pass(1);
  assert.deepEqual(await two.claim('a'), { token: 2, attempt: 2 });
});

test('SharedLease fences a holder whose slot went to another: its token is refused, whatever it says', async () => {
  const { one, two, ended, pass } = await setUp(false);
  await one.claim('a');
  await pass(3);
  await two.claim('a');
  assert.equal(await one.extend('a', 1), false);
  assert.equal(await one.end('a', 1, { kind: 'dropped' }), false);
  assert.equal(await one.end('a', 1, { kind: 'again', notBefore: 0, counts: false }), false);
  assert.equal(await two.extend('a', 2), true);
  assert.equal(await two.end('a', 2, { kind: 'done' }), true);
  assert.equal(await one.end('a', 1, { kind: 'done' }), false);
  assert.deepEqual(ended, ['a done']);
});
