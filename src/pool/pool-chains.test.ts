import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstancePool } from './pool.ts';
import { ReplaceablePool } from './replaceable-pool.ts';
import { openPool, skipOn } from './testing/guest-pool.ts';
import { scriptedComponent } from './testing/scripted-component.ts';
import { runAll, said, ToldCall } from './testing/told-call.ts';

// Calls of one lane are given to one thread together, as a chain. What breaks it must cost one call, and invert nothing.

function laneOf(lane: string, texts: readonly string[], timeoutMs = 30_000): ToldCall[] {
  return texts.map((text) => new ToldCall(text, { lane, timeoutMs }));
}

/** Submits them, and tells in which order they ended; `-` is one that came back unstarted. */
async function endsOf(pool: Pick<InstancePool, 'submit'>, calls: readonly ToldCall[]): Promise<string[]> {
  const ends: string[] = [];
  for (const call of calls) {
    void call.over.then(() => ends.push(call.isBack ? `- ${call.event.id}` : call.event.id));
    pool.submit(call);
  }
  await Promise.all(calls.map(({ over }) => over));
  return ends;
}

/** Waits until a thread has so many calls. */
async function running(pool: { readonly stats: { readonly running: number } }, count: number): Promise<void> {
  while (pool.stats.running < count) await new Promise((resolve) => setImmediate(resolve));
}

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => `${n + from}`);

test('InstancePool runs the calls of a lane in order, and those of many lanes on several threads', async () => {
  await using pool = await openPool('choose', { threads: 2 });
  const lanes = numbers(20).map((lane) =>
    laneOf(
      lane,
      numbers(50).map((n) => `echo ${lane}/${n}`),
    ),
  );
  const ends = await endsOf(
    pool,
    numbers(50).flatMap((_, n) => lanes.map((calls) => calls[n]!)),
  );
  for (const calls of lanes) {
    const texts = calls.map(({ event }) => event.id);
    assert.deepEqual(
      ends.filter((text) => texts.includes(text)),
      texts,
    );
    assert.deepEqual(
      calls.map(({ outcomes }) => said(outcomes[0]!)),
      texts,
    );
  }
});

for (const [word, kind] of [
  ['fail', 'failed'],
  ['reject', 'rejected'],
  ['trap', 'trapped'],
  ['spin', 'timed-out'],
] as const) {
  test(`InstancePool gives back what is behind a call of a lane that ${kind === 'timed-out' ? 'timed out' : kind}, uncharged, and nothing else`, async () => {
    await using pool = await openPool('choose');
    const lane = laneOf('a', ['echo 1', word, 'echo 3', 'echo 4'], 500);
    const other = laneOf('b', ['echo x', 'echo y', 'echo z']);
    const ends = await endsOf(pool, [lane[0]!, other[0]!, lane[1]!, other[1]!, lane[2]!, other[2]!, lane[3]!]);
    assert.equal(lane[1]!.outcomes[0]?.kind, kind);
    assert.deepEqual(
      lane.map(({ isBack, outcomes }) => [isBack, outcomes.length]),
      [
        [false, 1],
        [false, 1],
        [true, 0],
        [true, 0],
      ],
    );
    assert.deepEqual(
      other.map(({ outcomes }) => said(outcomes[0]!)),
      ['echo x', 'echo y', 'echo z'],
    );
    assert.deepEqual(
      ends.filter((text) => /\d|^\w+$/.test(text)),
      ['echo 1', '- echo 3', '- echo 4', word],
    );
    const again = laneOf('a', ['echo 3', 'echo 4']);
    assert.deepEqual((await runAll(pool, again)).map(said), ['echo 3', 'echo 4']);
  });
}

test('InstancePool starts nothing of a broken chain that was on its way to the thread, and runs it when it comes again', async () => {
  await using pool = await openPool('choose', { instances: 1 });
  await runAll(pool, laneOf('a', numbers(200)));
  let entered = 200;
  for (let round = 0; round < 20; round++) {
    const calls = laneOf('a', [...numbers(40), 'reject', ...numbers(200)]);
    for (const [n, call] of calls.entries()) {
      pool.submit(call);
      if (n % 30 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (calls[40]!.outcomes.length > 0) break;
    }
    await calls[40]!.outcome;
    const [count] = await runAll(pool, laneOf('a', ['count']));
    entered += 42;
    assert.equal(said(count!), `${entered}`, 'nothing behind it was entered');
  }
});

test('InstancePool enters no call of a lane while one ahead of it is suspended, and others meanwhile', async () => {
  await using pool = await openPool('wakes', { instances: 4 });
  const slow = laneOf('a', ['400 a1', '1 a2', '200 a3', '1 a4']);
  const quick = laneOf('b', ['1 b1', '1 b2']);
  const ends = await endsOf(pool, [...slow, ...quick]);
  assert.deepEqual(
    ends.filter((text) => text.includes('a')),
    ['400 a1', '1 a2', '200 a3', '1 a4'],
  );
  assert.deepEqual(
    ends.filter((text) => text.includes('b')),
    ['1 b1', '1 b2'],
  );
});

test('InstancePool gives back what is behind a suspended call of a lane that ran out of time', async () => {
  await using pool = await openPool('wakes', { instances: 4 });
  const calls = [new ToldCall('60000 a1', { lane: 'a', timeoutMs: 100 }), ...laneOf('a', ['1 a2', '1 a3'])];
  assert.deepEqual(await endsOf(pool, calls), ['- 1 a2', '- 1 a3', '60000 a1']);
  assert.equal(calls[0]!.outcomes[0]?.kind, 'timed-out');
});

test('InstancePool moves a chain as a whole when its thread ends by the fault of another', async () => {
  await using pool = await openPool('wakes', { instances: 4 });
  const guilty = new ToldCall('50 spin', { timeoutMs: 300 });
  const chain = laneOf('a', ['200 a1', '1 a2', '1 a3']);
  const ends = await endsOf(pool, [...chain, guilty]);
  assert.deepEqual(
    ends.filter((text) => text.includes('a')),
    ['200 a1', '1 a2', '1 a3'],
  );
  assert.deepEqual(
    [...chain, guilty].map(({ outcomes }) => outcomes.map(({ kind }) => kind)),
    [['completed'], ['completed'], ['completed'], ['timed-out']],
  );
});

test(
  'InstancePool convicts the call of a lane that ends its thread from nowhere, and suspects none behind it',
  skipOn('process'),
  async () => {
    const component = scriptedComponent(`if (text === 'die') process.abort = undefined, process.exit(3); return [];`);
    await using pool = await openPool(component);
    const calls = laneOf('a', ['1', 'die', '3', '4']);
    assert.deepEqual(await endsOf(pool, calls), ['1', '- 3', '- 4', 'die']);
    assert.equal(calls[1]!.outcomes[0]?.kind, 'trapped');
    assert.deepEqual(
      (await runAll(pool, laneOf('a', ['3', '4']))).map(({ kind }) => kind),
      ['completed', 'completed'],
    );
  },
);

test('InstancePool shares a batch call among lanes, and never among events of one', async () => {
  await using pool = await openPool('batch');
  const a = laneOf('a', ['echo a1', 'reject', 'echo a3']);
  const b = laneOf('b', ['echo b1', 'echo b2', 'echo b3']);
  await endsOf(pool, [a[0]!, b[0]!, a[1]!, b[1]!, a[2]!, b[2]!]);
  assert.deepEqual(
    a.map(({ isBack, outcomes }) => [isBack, outcomes[0]?.kind]),
    [
      [false, 'completed'],
      [false, 'rejected'],
      [true, undefined],
    ],
  );
  assert.deepEqual(
    b.map(({ outcomes }) => said(outcomes[0]!)),
    ['echo b1', 'echo b2', 'echo b3'],
  );
});

test('InstancePool keeps the order of lanes when a batch call that they share traps', async () => {
  await using pool = await openPool('batch');
  const a = laneOf('a', ['echo a1', 'echo a2', 'echo a3']);
  const b = laneOf('b', ['trap', 'echo b2', 'echo b3']);
  const ends = await endsOf(pool, [a[0]!, b[0]!, a[1]!, b[1]!, a[2]!, b[2]!]);
  assert.deepEqual(
    ends.filter((text) => text.includes('a')).filter((text) => text !== 'trap'),
    ['echo a1', 'echo a2', 'echo a3'],
  );
  assert.deepEqual(
    b.map(({ isBack, outcomes }) => [isBack, outcomes[0]?.kind]),
    [
      [false, 'trapped'],
      [true, undefined],
      [true, undefined],
    ],
  );
});

test('InstancePool withdraws in the middle of a chain what was not begun', async () => {
  await using pool = await openPool('wakes', { instances: 4 });
  const calls = laneOf('a', ['300 a1', '1 a2', '1 a3']);
  for (const call of calls) pool.submit(call);
  await running(pool, 1);
  pool.withdraw('one source');
  const outcomes = await Promise.all(calls.map(({ outcome }) => outcome));
  assert.equal(outcomes.at(-1)?.kind, 'cancelled');
  const later = laneOf('a', ['1 a4']);
  assert.equal((await runAll(pool, later))[0]?.kind, 'completed');
});

test('InstancePool lets lanes take turns on one thread, call by call', async () => {
  await using pool = await openPool('choose');
  const lanes = numbers(8).map((lane) =>
    laneOf(
      lane,
      numbers(32).map((n) => `ok ${lane} ${n}`),
    ),
  );
  const ends = await endsOf(pool, lanes.flat());
  const firstDone = ends.findIndex((text) => text.endsWith(' 31'));
  const counts = lanes.map((calls) => calls.filter(({ event }) => ends.indexOf(event.id) <= firstDone).length);
  assert.ok(Math.min(...counts) >= 4, `${counts.join()} of 32 when the first lane was done`);
});

test(
  'InstancePool takes the rest of a slow chain back from a thread, so that others come between',
  skipOn('process'),
  async () => {
    const component = scriptedComponent(`
    const until = performance.now() + (text === 'slow' ? 200 : 0);
    while (performance.now() < until);
    return [];`);
    await using pool = await openPool(component);
    const slow = laneOf(
      'a',
      Array.from({ length: 8 }, () => 'slow'),
    );
    for (const call of slow) pool.submit(call);
    await running(pool, 8);
    await runAll(pool, laneOf('b', ['quick']));
    const before = slow.filter(({ outcomes }) => outcomes.length > 0).length;
    assert.ok(before < 8, `${before} slow calls came first`);
    await Promise.all(slow.map(({ outcome }) => outcome));
  },
);

test('ReplaceablePool runs what follows a call of a lane only when that has ended, on the new pool', async () => {
  await using pool = new ReplaceablePool(await openPool('first-version', { instances: 4 }));
  const calls = laneOf('a', ['300 a1', '0 a2', '0 a3', '0 a4']);
  const ends: string[] = [];
  for (const call of calls) void call.outcome.then((outcome) => ends.push(said(outcome)));
  for (const call of calls.slice(0, 3)) pool.submit(call);
  await running(pool, 1);
  const entered = new ToldCall('0');
  pool.submit(entered);
  await entered.outcome;
  const successor = await openPool('second-version', { instances: 4 });
  pool.replaceBy(successor);
  pool.submit(calls[3]!);
  const other = new ToldCall('0 b', { lane: 'b' });
  pool.submit(other);
  assert.equal(said(await other.outcome), 'v2 0 b');
  await Promise.all(calls.map(({ outcome }) => outcome));
  assert.deepEqual(
    ends.map((text) => text.slice(-2)),
    ['a1', 'a2', 'a3', 'a4'],
  );
  assert.equal(ends[0], 'v1 300 a1');
  assert.equal(ends[3], 'v2 0 a4');
});
