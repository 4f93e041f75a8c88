import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Clock, systemClock } from '../clock.ts';
import { openPool, skipOn } from './testing/guest-pool.ts';
import { scriptedComponent } from './testing/scripted-component.ts';
import { assertTrapped, run, runAll, said, ToldCall } from './testing/told-call.ts';

// What a guest does to its thread: the one call that did it is charged, and the others run on the next thread.

/** A spinning one ends at its deadline of 200 ms; the others have time on a busy machine, too. */
const callsOf = (...texts: readonly string[]): ToldCall[] =>
  texts.map((text) => new ToldCall(text, text === 'spin' ? { timeoutMs: 200 } : {}));
const kindsOf = (outcomes: readonly { kind: string }[]): string => outcomes.map(({ kind }) => kind).join(' ');

function assertFinishedOnce(calls: readonly ToldCall[]): void {
  for (const call of calls) assert.equal(call.outcomes.length, 1, call.event.id);
}

test('InstancePool charges a timeout to the event that ran and to no other', async () => {
  const ends: string[] = [];
  await using pool = await openPool('choose', { threadEnded: (reason) => ends.push(reason) });
  const calls = callsOf('count', 'spin', 'count', 'count');
  const [before, spinning, ...behind] = await runAll(pool, calls);
  assert.equal(said(before!), '1');
  assert.equal(spinning?.kind, 'timed-out');
  assert.ok(spinning.afterMs >= 200, `ended after ${spinning.afterMs} ms`);
  assert.deepEqual(behind.map(said), ['1', '2'], 'each ran once, on another thread, in order');
  assertFinishedOnce(calls);
  assert.deepEqual(ends, ['timed-out']);
});

test('InstancePool never ends a call before its deadline', async () => {
  await using pool = await openPool('choose');
  const calls = ['spin', 'spin'].map((text, n) => new ToldCall(text, { timeoutMs: 20 + n * 100 }));
  await runAll(pool, calls);
  for (const { timing, timeoutMs } of calls) assert.ok(timing!.durationMs >= timeoutMs, `${timing!.durationMs} ms`);
});

test('InstancePool keeps its other threads at work while a guest spins', async () => {
  await using pool = await openPool('choose', { threads: 2 });
  const spinning = new ToldCall('spin', { timeoutMs: 2500 });
  pool.submit(spinning);
  await runAll(pool, callsOf(...Array.from({ length: 200 }, () => 'ok')));
  assert.equal(spinning.outcomes.length, 0);
  assert.equal((await spinning.outcome).kind, 'timed-out');
});

test('InstancePool takes back what waits behind a guest that spins, as soon as another thread has time', async () => {
  await using pool = await openPool('choose', { threads: 2 });
  // Quick events first, so that a thread is given many at once.
  await runAll(pool, callsOf(...Array.from({ length: 500 }, () => 'ok')));
  const spinning = new ToldCall('spin', { timeoutMs: 2500 });
  const quick = callsOf(...Array.from({ length: 50 }, () => 'ok'));
  for (const call of [spinning, ...quick]) pool.submit(call);
  await Promise.all(quick.map((call) => call.outcome));
  assert.equal(spinning.outcomes.length, 0, 'it still spins');
  assertFinishedOnce(quick);
  await spinning.outcome;
});

// By a channel between threads.
test('InstancePool runs a call once that was taken back and given to another thread', skipOn('process'), async (t) => {
  const runs: string[] = [];
  const channel = new BroadcastChannel('runs of pool-blame.test');
  t.after(() => channel.close());
  channel.addEventListener('message', ({ data }) => runs.push(String(data)));
  const component = scriptedComponent(`
    globalThis.channel ??= new BroadcastChannel('runs of pool-blame.test');
    channel.postMessage(text);
    const until = performance.now() + (text === 'slow' ? 300 : 0);
    while (performance.now() < until);
    return [];`);
  await using pool = await openPool(component, { threads: 2 });
  const texts = ['slow', ...Array.from({ length: 7 }, (_, n) => `${n}`), 'last'];
  await runAll(pool, callsOf(...texts.slice(0, -1)));
  await runAll(pool, callsOf('last', 'last'));
  while (runs.filter((run) => run === 'last').length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(runs.toSorted(), [...texts, 'last'].toSorted());
});

test('InstancePool charges a call that ends its thread', async () => {
  const ends: string[] = [];
  const component = scriptedComponent(`if (text === 'exit') process.exit(3); return [];`);
  await using pool = await openPool(component, { threadEnded: (reason) => ends.push(reason) });
  const calls = callsOf('ok', 'exit', 'ok');
  const [before, ending, after] = await runAll(pool, calls);
  assertTrapped(ending!, 'trap', /exit code 3/);
  assert.equal(kindsOf([before!, after!]), 'completed completed');
  assertFinishedOnce(calls);
  assert.deepEqual(ends, ['crashed']);
});

test('InstancePool convicts the one of several suspended calls that ends its thread from nowhere', async () => {
  const script = `if (text === 'bomb') setTimeout(() => { throw new Error('boom'); }, 1);
    return new Promise((resolve) => setTimeout(resolve, 20, []));`;
  await using pool = await openPool(scriptedComponent(script, { suspends: true }));
  const calls = callsOf('a', 'bomb', 'b', 'c');
  const [a, bomb, ...others] = await runAll(pool, calls);
  assertTrapped(bomb!, 'trap', /boom/);
  assert.equal(kindsOf([a!, ...others]), 'completed completed completed');
  assertFinishedOnce(calls);
});

/** Sleeps no longer than a moment, and remembers for how long it should have. */
function hurriedClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    slept.push(ms);
    return systemClock.sleep(Math.min(ms, 1), signal);
  };
  return { now: () => systemClock.now(), sleep, slept };
}

test(
  'InstancePool gives up waiting calls when no thread can be started, and goes on trying with growing delays',
  skipOn('process'),
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-pool-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'spoiled');
    const component = scriptedComponent(`if (text === 'exit') process.exit(1); return [];`);
    const spoilt = `import { existsSync } from 'node:fs';\nif (existsSync(${JSON.stringify(file)})) throw new Error('spoiled');\n`;
    const clock = hurriedClock();
    await using pool = await openPool({ ...component, glue: `${spoilt}${component.glue}` }, { clock });
    await writeFile(file, '');
    const [exiting, waiting] = await runAll(pool, callsOf('exit', 'ok'));
    assertTrapped(exiting!, 'trap');
    assertTrapped(waiting!, 'instantiation', /spoiled/);
    assert.deepEqual(clock.slept.slice(0, 5), [0, 100, 200, 400, 800]);

    await rm(file);
    assert.equal((await run(pool, 'ok')).kind, 'completed');
  },
);
