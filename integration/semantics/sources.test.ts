import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../src/trigger/conformance/index.ts';
import { RunningApp } from './running-app.ts';
import { away, refused, ScriptedBroker } from './scripted-broker.ts';

const toml = `
  [[trigger.scripted]]
  name = "far"
  component = "choose"
  [[trigger.queue]]
  name = "near"
  queue = "in"
  component = "choose"
  [output.out]
  type = "queue"
  queue = "out"`;

const stateOf = (app: RunningApp): string | undefined =>
  app.metrics.find((line) => line.startsWith('sluice_trigger_state{sluice_trigger="far"}'))?.split(' ')[1];

test('a source that goes away shows in the status and a metric, and resumes when it is back', async () => {
  const broker = new ScriptedBroker();
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  assert.equal(stateOf(app), '1');
  broker.loseSource(away('connection reset'));
  broker.feed('echo a');
  await app.until(async () => (await app.status('far')).state === 'opening');
  await app.until(async () => (await app.status('far')).restarts > 1);
  assert.equal((await app.status('far')).reason, 'connection reset');
  assert.equal(stateOf(app), '0');
  await app.put('echo b');
  await app.settled(1);
  assert.deepEqual(app.out, ['echo b']);
  broker.restoreSource();
  await app.settled(2);
  assert.deepEqual(app.out, ['echo b', 'echo a']);
  const { state, reason } = await app.status('far');
  assert.deepEqual([state, reason, stateOf(app)], ['running', undefined, '1']);
});

test('what was held when a source went away is handled again, and late settlements are counted', async () => {
  const broker = new ScriptedBroker();
  const far = `${toml}\n[output.far]\ntype = "scripted"`;
  await using app = await RunningApp.open({ guests: ['choose'], toml: far, adapters: [broker.adapter] });
  const confirm = broker.holdOutputs();
  broker.feed('to:far a');
  await app.until(async () => (await app.status('far')).outcomes.completed === 1);
  broker.loseSource(away('connection reset'));
  await app.until(async () => (await app.status('far')).reason === 'connection reset');
  assert.equal((await app.status('far')).state, 'opening');
  confirm();
  await app.until(async () => (await app.status('far')).unconfirmed === 1);
  broker.restoreSource();
  await app.settled(1);
  assert.deepEqual(broker.story, ['published to:far a', 'published to:far a', 'accept to:far a']);
  assert.ok(app.metrics.some((line) => /^sluice_settlements_unconfirmed_total\{.*"far".*\} 1$/.test(line)));
});

test('a wait for a retry in place ends when the source goes away', async () => {
  const broker = new ScriptedBroker();
  const slow = toml.replace('name = "far"', 'name = "far"\nretry = { first = "1h", max = "1h" }');
  await using app = await RunningApp.open({ guests: ['choose'], toml: slow, adapters: [broker.adapter] });
  broker.feed('fail-until:2');
  await app.until(async () => (await app.status('far')).retried === 1);
  broker.loseSource(away('connection reset'));
  await app.until(() => broker.opened > 1);
  broker.restoreSource();
  await app.settled(1);
  assert.deepEqual(app.out, ['fail-until:2']);
});

test('a source that is away for ten minutes is tried now and then, no more and no less', async () => {
  const broker = new ScriptedBroker();
  const clock = new ManualClock();
  broker.loseSource(away('connection refused'));
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter], clock });
  for (let seconds = 0; seconds < 600; seconds += 1) {
    clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { restarts } = await app.status('far');
  assert.ok(restarts >= 20 && restarts <= 60, `tried ${restarts} times`);
  assert.equal(broker.opened, restarts);
  broker.restoreSource();
  clock.advance(30_000);
  await app.until(async () => (await app.status('far')).state === 'running');
});

test('a source that fails for good leaves its trigger failed, and the others go on', async () => {
  const broker = new ScriptedBroker();
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  broker.loseSource(refused('stream deleted'));
  await app.until(async () => (await app.status('far')).state === 'failed');
  const { reason, restarts } = await app.status('far');
  assert.deepEqual([reason, restarts, stateOf(app)], ['stream deleted', 0, '4']);
  await app.put('echo b');
  await app.settled(1);
  assert.deepEqual(app.out, ['echo b']);
});
