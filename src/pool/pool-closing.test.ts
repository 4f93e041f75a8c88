import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPool } from './testing/guest-pool.ts';
import { run, ToldCall } from './testing/told-call.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** More than can be handed to any guest. One for all calls: a process that has mapped more than the machine has can start no child. */
const TOO_LARGE = new Uint8Array(2 ** 30);

test('InstancePool drains: what was submitted is finished, queued calls included', async () => {
  const pool = await openPool('wakes', { instances: 2 });
  const calls = Array.from({ length: 20 }, () => new ToldCall('5 ok'));
  for (const call of calls) pool.submit(call);
  await pool.drain();
  for (const { outcomes } of calls) assert.deepEqual(outcomes, [{ kind: 'completed', messages: [] }]);
  assert.equal(pool.stats.threads, 0);
});

test('InstancePool drains once, however often it is asked', async () => {
  const pool = await openPool('choose');
  await Promise.all([pool.drain(), pool.drain(), pool[Symbol.asyncDispose]()]);
  await pool.drain();
});

test('InstancePool takes no call while it drains, and cancels it at once', async () => {
  const pool = await openPool('wakes');
  const running = run(pool, '20 ok');
  const drained = pool.drain();
  const late = new ToldCall('ok');
  pool.submit(late);
  assert.equal(late.outcomes[0]?.kind, 'cancelled');
  await drained;
  assert.equal((await running).kind, 'completed');
});

test('InstancePool withdraws the calls of one source that have not begun, even from a thread that is stuck', async () => {
  await using pool = await openPool('announces', { instances: 1 });
  const spinning = new ToldCall('20 spin', { source: 'a' });
  const waiting = ['a', 'a', 'b'].map((source) => new ToldCall('0 ok', { source }));
  for (const call of [spinning, ...waiting]) pool.submit(call);
  await turn();
  assert.equal(pool.stats.running, 4, 'a new pool gives its thread as many at once');
  while (spinning.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  pool.withdraw('a');
  await Promise.all(waiting.slice(0, 2).map(({ outcome }) => outcome));
  assert.equal(spinning.outcomes.length, 0, 'it still spins');
  assert.deepEqual(
    waiting.map(({ outcomes }) => outcomes[0]?.kind),
    ['cancelled', 'cancelled', undefined],
  );
  pool.cancel('a');
  assert.equal((await spinning.outcome).kind, 'cancelled');
  assert.equal((await waiting[2]!.outcome).kind, 'completed');
});

test('InstancePool withdraws the calls of sources that are stopped one right after the other', async () => {
  await using pool = await openPool('announces', { instances: 1 });
  const spinning = new ToldCall('20 spin', { source: 'other' });
  const waiting = ['a', 'b', 'a', 'b'].map((source) => new ToldCall('0 ok', { source }));
  for (const call of [spinning, ...waiting]) pool.submit(call);
  while (spinning.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  // What the thread gives back for the first is on its way when the second is withdrawn.
  pool.withdraw('a');
  pool.withdraw('b');
  for (const { kind } of await Promise.all(waiting.map(({ outcome }) => outcome))) assert.equal(kind, 'cancelled');
  pool.cancel('other');
});

test('InstancePool cancels what runs, charges nobody, and runs the calls of other sources again', async () => {
  await using pool = await openPool('choose');
  const calls = [
    new ToldCall('spin', { source: 'a' }),
    new ToldCall('ok', { source: 'a' }),
    new ToldCall('ok', { source: 'b' }),
  ];
  for (const call of calls) pool.submit(call);
  while (pool.stats.running === 0) await turn();
  pool.cancel('a');
  assert.deepEqual(
    calls.map(({ outcomes }) => outcomes[0]?.kind),
    ['cancelled', 'cancelled', undefined],
  );
  assert.equal((await calls[2]!.outcome).kind, 'completed');
  assert.ok(calls.every(({ outcomes }) => outcomes.length === 1));
});

test('InstancePool cancels while it drains', async () => {
  const pool = await openPool('choose');
  const spinning = new ToldCall('spin', { source: 'a' });
  pool.submit(spinning);
  await turn();
  const drained = pool.drain();
  pool.cancel('a');
  await drained;
  assert.equal((await spinning.outcome).kind, 'cancelled');
});

test('InstancePool drains when its last call is one that no guest can be given', async () => {
  const pool = await openPool('choose');
  const call = new ToldCall('', { event: { data: TOO_LARGE } });
  pool.submit(call);
  await pool.drain();
  assert.equal(call.outcomes[0]?.kind, 'rejected');
});

test('InstancePool takes calls from whoever hears that a call is finished', async () => {
  const pool = await openPool('choose');
  const calls: ToldCall[] = [];
  const submit = (text: string, depth: number): void => {
    const call = new ToldCall(text, depth % 3 === 0 ? { event: { data: TOO_LARGE } } : {});
    const finished = call.finished.bind(call);
    call.finished = (outcome, timing) => {
      finished(outcome, timing);
      if (depth > 0) for (let n = 0; n < 2; n++) submit(text, depth - 1);
    };
    calls.push(call);
    pool.submit(call);
  };
  submit('ok', 8);
  while (calls.length < 2 ** 9 - 1) await turn();
  await pool.drain();
  assert.ok(calls.every(({ outcomes }) => outcomes.length === 1));
});
