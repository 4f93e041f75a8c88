import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { percentile } from '../bench/figure.ts';
import { RunningApp } from './running-app.ts';
import { ScriptedBroker } from './scripted-broker.ts';

const isLong = Boolean(process.env['SLUICE_LONG']);

/** Two triggers; what is wrong with one shows in the other only if they share what they should not. */
const toml = (poisoned: string): string => `
  component.choose.pool = { threads = 1, instances = 1 }
  component.choose.limits = { timeout = "500ms" }
  [[trigger.scripted]]
  name = "healthy"
  component = "choose"
  [[trigger.queue]]
  name = "poisoned"
  queue = "in"
  component = "${poisoned}"
  retry = { first = "1ms", max = "1ms" }`;

const EVENTS = 300;

test('a trigger whose guest spins holds up neither another component nor the event loop', async (t) => {
  const broker = new ScriptedBroker();
  const spinning = `${toml('spins')}\n[component.spins.limits]\ntimeout = "2h"\n[component.spins.pool]\nthreads = 1`;
  const app = await RunningApp.open(
    { guests: ['choose', 'spins'], toml: spinning, adapters: [broker.adapter] },
    'spin',
  );
  await using _app = app;
  await app.until(async () => (await app.status('poisoned')).held === 1);
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  broker.feed(...Array.from({ length: EVENTS }, () => 'ok'));
  await app.settled(EVENTS);
  loop.disable();
  const { held, taken, outcomes } = await app.status('poisoned');
  assert.deepEqual([held, taken, outcomes['timed-out']], [1, 1, 0], 'it spins all the while');
  t.diagnostic(`the event loop was held up for at most ${(loop.max / 1e6).toFixed(1)} ms`);
});

test('triggers that share a pool take turns: one whose events all spin costs the other a timeout an event, no more', async () => {
  const broker = new ScriptedBroker();
  const spinners = Array.from({ length: 50 }, () => 'spin');
  await using app = await RunningApp.open(
    { guests: ['choose'], toml: toml('choose'), adapters: [broker.adapter] },
    ...spinners,
  );
  await app.until(async () => (await app.status('poisoned')).outcomes['timed-out'] > 0);
  broker.feed('ok', 'ok', 'ok');
  const before = (await app.status('poisoned')).outcomes['timed-out'];
  await app.until(() => broker.story.length === 3);
  const after = (await app.status('poisoned')).outcomes['timed-out'];
  assert.ok(after - before <= 6, `${after - before} spinners came before 3 others`);
  assert.equal((await app.status('healthy')).retried, 0);
});

test(
  'what a guest does to itself costs no other event an attempt, and is measured',
  { skip: !isLong && 'a measurement: SLUICE_LONG=1' },
  async (t) => {
    const usual = await latencies('ok');
    const beside = { spins: await latencies('spin'), grows: await latencies('grow') };
    const p99 = (samples: readonly number[]): string => `p99 ${percentile(samples, 0.99).toFixed(2)} ms`;
    t.diagnostic(
      `usual ${p99(usual)}; beside a guest that spins ${p99(beside.spins)}, that grows ${p99(beside.grows)}`,
    );
  },
);

/** Milliseconds that events of a healthy trigger take, beside one whose component is handed `word` again and again. */
async function latencies(word: string): Promise<readonly number[]> {
  const broker = new ScriptedBroker();
  const other = `${toml('batch')}\n[component.batch.limits]\ntimeout = "50ms"\nmemory = "16MiB"`;
  const words = Array.from({ length: 40 }, () => word);
  await using app = await RunningApp.open(
    { guests: ['choose', 'batch'], toml: other, adapters: [broker.adapter] },
    ...words,
  );
  const samples: number[] = [];
  for (let n = 0; n < 1000; n += 1) {
    const since = performance.now();
    const count = broker.seen.length;
    broker.feed('ok');
    while (broker.seen.length === count) await broker.changed;
    samples.push(performance.now() - since);
    await sleep(2);
  }
  const { retried, outcomes } = await app.status('healthy');
  assert.deepEqual([retried, outcomes.completed], [0, samples.length]);
  return samples;
}
