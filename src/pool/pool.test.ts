import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '../errors.ts';
import { InstancePool } from './pool.ts';
import { loadGuest, openPool, optionsFor } from './testing/guest-pool.ts';
import { run, runAll, said, ToldCall } from './testing/told-call.ts';

const COMPLETED = { kind: 'completed', messages: [] };
const callsOf = (count: number, text: string): ToldCall[] => Array.from({ length: count }, () => new ToldCall(text));

test('InstancePool finishes a call with what the guest answered', async () => {
  await using pool = await openPool('choose');
  assert.deepEqual(await run(pool, 'ok'), COMPLETED);
  assert.deepEqual(await run(pool, 'fail'), { kind: 'failed', reason: 'asked to fail' });
  assert.deepEqual(await run(pool, 'reject'), { kind: 'rejected', reason: 'asked to reject' });
});

test('InstancePool hands over the whole event and brings back the whole message', async () => {
  await using pool = await openPool('echo');
  const content = {
    key: Uint8Array.of(0, 1, 255),
    contentType: 'text/plain',
    headers: [['Größe', '\u{1f600}']] as const,
    data: new Uint8Array(300_000).fill(7),
  };
  const outcome = await run(pool, '', { event: content });
  assert.ok(outcome.kind === 'completed', JSON.stringify(outcome));
  const [{ data, ...about } = { data: new Uint8Array() }, ...others] = outcome.messages;
  const { data: sent, ...sentAbout } = content;
  assert.deepEqual(about, { to: 'out', ...sentAbout });
  // Not by deepEqual: to tell how 300 KB differ takes gigabytes.
  assert.ok(Buffer.from(data).equals(sent));
  assert.equal(others.length, 0);
});

test('InstancePool tells the guest which attempt it is', async () => {
  await using pool = await openPool('choose');
  assert.deepEqual(await run(pool, 'fail-until:3', { attempt: 2 }), { kind: 'failed', reason: 'attempt 2' });
  assert.equal((await run(pool, 'fail-until:3', { attempt: 3 })).kind, 'completed');
});

test('InstancePool finishes each of many calls exactly once, whatever happens to others', async () => {
  await using pool = await openPool('choose', { threads: 2 });
  const words = ['ok', 'fail', 'reject', 'trap', 'ok'];
  const kinds = ['completed', 'failed', 'rejected', 'trapped', 'completed'];
  const calls = Array.from({ length: 1000 }, (_, n) => new ToldCall(words[n % 5]!));
  const outcomes = await runAll(pool, calls);
  for (const [n, { kind }] of outcomes.entries()) assert.equal(kind, kinds[n % 5]);
  assert.ok(calls.every((call) => call.outcomes.length === 1));
});

test('InstancePool uses an instance again', async () => {
  await using pool = await openPool('choose');
  assert.deepEqual((await runAll(pool, callsOf(3, 'count'))).map(said), ['1', '2', '3']);
});

test('InstancePool retires an instance after maxCalls', async () => {
  await using pool = await openPool('choose', { maxCalls: 2 });
  assert.deepEqual((await runAll(pool, callsOf(5, 'count'))).map(said), ['1', '2', '1', '2', '1']);
});

test('InstancePool gives every event a new instance when isolation is fresh', async () => {
  await using pool = await openPool('choose', { isolation: 'fresh' });
  assert.deepEqual(new Set((await runAll(pool, callsOf(30, 'count'))).map(said)), new Set(['1']));
});

test('InstancePool resets a fresh instance after each event instead of making one', async () => {
  await using pool = await openPool('choose', { isolation: 'fresh', instances: 4 });
  const calls = callsOf(50, 'count');
  const outcomes = await runAll(pool, calls);
  assert.deepEqual(new Set(outcomes.map(said)), new Set(['1']));
  assert.ok(calls.every(({ timing }) => timing?.cold === false));
  assert.equal(pool.stats.instances, 1);
});

test('InstancePool makes instances of a component without imports from its core module alone', async () => {
  const component = await loadGuest('choose');
  const glue = 'export function instantiate() { throw new Error("generated code is used"); }';
  await using pool = await openPool({ ...component, glue }, { isolation: 'fresh' });
  const outcomes = await runAll(pool, callsOf(3, 'count'));
  assert.deepEqual(outcomes.map(said), ['1', '1', '1']);
});

test('InstancePool makes a new instance for the event behind one that trapped, timed out, grew its memory or called an import', async () => {
  await using pool = await openPool('choose', { isolation: 'fresh' });
  for (const bad of ['trap', 'grow', 'nonsense', 'spin']) {
    const call = new ToldCall(bad, { timeoutMs: bad === 'spin' ? 200 : 30_000 });
    const [ending, after] = await runAll(pool, [call, new ToldCall('count')]);
    assert.match(ending!.kind, /trapped|timed-out/, bad);
    assert.equal(said(after!), '1', bad);
  }
  await using logging = await openPool('logs', { isolation: 'fresh', instances: 1 });
  const calls = callsOf(3, 'ok');
  await runAll(logging, calls);
  assert.deepEqual(
    calls.map(({ timing }) => timing?.cold),
    [false, true, true],
  );
});

test('InstancePool makes fresh instances that cannot be reset ahead of events', async () => {
  await using pool = await openPool('logs', { isolation: 'fresh', instances: 4 });
  const calls = callsOf(8, 'count');
  // Four exist after a while: that is seen in the report of the next call.
  for (const call of calls) {
    await runAll(pool, [call]);
    if (pool.stats.instances === 4) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(calls.findLast(({ outcomes }) => outcomes.length > 0)?.timing?.cold, false);
});

test('InstancePool tells how long a call waited and took, and whether an instance was made for it', async () => {
  await using pool = await openPool('choose');
  const calls = ['ok', 'trap', 'ok'].map((text) => new ToldCall(text));
  await runAll(pool, calls);
  assert.deepEqual(
    calls.map(({ timing }) => timing?.cold),
    [false, false, true],
  );
  for (const { timing } of calls) assert.ok(timing!.durationMs > 0 && timing!.waitedMs >= 0, JSON.stringify(timing));
});

test('InstancePool lets sources take turns', async () => {
  await using pool = await openPool('choose');
  const order: unknown[] = [];
  const sources = [...Array.from({ length: 50 }, () => 'busy'), 'quiet'];
  await runAll(
    pool,
    sources.map((source) => {
      const call = new ToldCall('ok', { source });
      void call.outcome.then(() => order.push(source));
      return call;
    }),
  );
  assert.ok(order.indexOf('quiet') < 5, `after ${order.indexOf('quiet')} others`);
});

test('InstancePool keeps the order of a source that has one thread', async () => {
  await using pool = await openPool('choose');
  const order: string[] = [];
  const calls = Array.from({ length: 500 }, (_, n) => new ToldCall(n === 250 ? 'trap' : `ok ${n}`));
  for (const call of calls) void call.outcome.then(() => order.push(call.event.id));
  await runAll(pool, calls);
  assert.deepEqual(
    order,
    calls.map((call) => call.event.id),
  );
});

test('InstancePool spreads slow calls over its threads', async () => {
  await using pool = await openPool('choose', { threads: 2 });
  const [stuck, other] = [new ToldCall('spin', { timeoutMs: 500 }), new ToldCall('ok')];
  const first = Promise.race([stuck, other].map(async (call) => call.outcome.then(() => call)));
  await runAll(pool, [stuck, other]);
  assert.equal(await first, other);
});

test('InstancePool rejects an event that is too large to be handed over', async () => {
  await using pool = await openPool('choose');
  const outcome = await run(pool, '', { event: { data: new Uint8Array(2 ** 30) } });
  assert.equal(outcome.kind, 'rejected');
  assert.match(outcome.reason, /can't be handed over/);
  assert.deepEqual(await run(pool, 'ok'), COMPLETED);
});

test('InstancePool does not open when no instance can be made', async () => {
  await assert.rejects(openPool('stillborn', { threads: 2 }), (thrown) => {
    assert.ok(thrown instanceof SluiceError);
    assert.equal(thrown.code, 'SLU2006');
    assert.equal(thrown.place?.component, 'stillborn');
    assert.match(thrown.message, /unreachable/);
    return true;
  });
});

test('InstancePool leaves nothing open when opening is aborted', async () => {
  const component = await loadGuest('choose');
  const abort = new AbortController();
  const opening = InstancePool.open(component, optionsFor({ threads: 2 }), abort.signal);
  abort.abort(new Error('changed my mind'));
  await assert.rejects(opening, /changed my mind/);
  await assert.rejects(InstancePool.open(component, optionsFor(), abort.signal), /changed my mind/);
});

test('InstancePool tells what it has', async () => {
  await using pool = await openPool('choose', { threads: 2, instances: 4 });
  const nothing = { queued: 0, running: 0, abandoned: 0, abandonedBytes: 0 };
  assert.deepEqual(pool.stats, { threads: 2, instances: 2, ...nothing });
  const spinning = run(pool, 'spin', { timeoutMs: 100 });
  assert.equal(pool.stats.queued, 1);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([pool.stats.queued, pool.stats.running], [0, 1]);
  await spinning;
});
