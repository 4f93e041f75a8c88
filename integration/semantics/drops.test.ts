import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningApp } from './running-app.ts';
import { away, ScriptedBroker } from './scripted-broker.ts';

/** The values of `sluice_drops` by reason. */
function drops(app: RunningApp): Record<string, number> {
  const lines = app.metrics.filter((line) => line.startsWith('sluice_drops_total'));
  return Object.fromEntries(lines.map((line) => [/reason="([^"]*)"/.exec(line)?.[1], Number(line.split(' ')[1])]));
}

test('an event that was given up on is counted, with the reason whether it was kept', async () => {
  const toml = (deadLetter: string): string => `
    [[trigger.queue]]
    name = "t"
    queue = "in"
    component = "choose"
    dead_letter = "${deadLetter}"`;
  await using kept = await RunningApp.open({ guests: ['choose'], toml: toml('store') }, 'reject', 'reject');
  await kept.settled(2);
  assert.deepEqual(drops(kept), { 'dead-lettered': 2 });
  await using dropped = await RunningApp.open({ guests: ['choose'], toml: toml('drop') }, 'reject');
  await dropped.settled(1);
  assert.deepEqual(drops(dropped), { 'dropped-by-manifest': 1 });
  assert.deepEqual(dropped.letters, []);
});

test('what a source throws away is counted by its own reasons, over all times that it was opened', async () => {
  const broker = new ScriptedBroker();
  const toml = '[[trigger.scripted]]\nname = "t"\ncomponent = "choose"';
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  broker.dropped.set('slow-consumer', 3).set('too-old', 1);
  assert.deepEqual(drops(app), { 'slow-consumer': 3, 'too-old': 1 });
  broker.dropped.set('slow-consumer', 5);
  broker.loseSource(away('connection reset'));
  await app.until(() => broker.opened > 1);
  assert.deepEqual(drops(app), { 'slow-consumer': 5, 'too-old': 1 });
  broker.dropped.clear();
  broker.restoreSource();
  await app.until(async () => (await app.status()).state === 'running');
  broker.dropped.set('slow-consumer', 2);
  assert.deepEqual(drops(app), { 'slow-consumer': 7, 'too-old': 1 });
  assert.equal((await app.status()).dropped, 8);
});

test('a cron slot that is left out since the one before still runs is counted', async () => {
  const toml = `
    [[trigger.cron]]
    name = "t"
    every = "1s"
    run_at_start = true
    payload = "60000"
    component = "sleeps"`;
  await using app = await RunningApp.open({ guests: ['sleeps'], toml });
  await app.until(async () => (await app.status()).taken === 1);
  await app.until(() => (drops(app)['overlap'] ?? 0) > 0);
  assert.equal((await app.status()).taken, 1);
});
