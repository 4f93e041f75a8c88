import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '../../src/errors.ts';
import { RunningApp } from './running-app.ts';
import { away, ScriptedBroker } from './scripted-broker.ts';

const TEXTS = Array.from({ length: 60 }, (_, n) => `quiet ${n}`);
/** One thread and one instance: its reports have many outcomes. */
const toml = `
  component.choose.pool = { threads = 1, instances = 1 }
  [[trigger.scripted]]
  name = "t"
  component = "choose"
  concurrency = 60`;

/** Feeds all at once; resolves when each was accepted. */
async function acceptedBy(broker: ScriptedBroker): Promise<RunningApp> {
  const app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  broker.feed(...TEXTS);
  await app.until(() => new Set(broker.story).size === TEXTS.length);
  return app;
}

test('events that completed in one report of a thread are settled with one call, in their order', async () => {
  const broker = new ScriptedBroker();
  await using app = await acceptedBy(broker);
  assert.deepEqual(
    broker.story,
    TEXTS.map((text) => `accept ${text}`),
  );
  assert.ok(Math.max(...broker.settleCalls) > 1, `calls of ${broker.settleCalls.join(', ')}`);
  assert.equal((await app.status()).accepted, TEXTS.length);
});

test('an event whose settlement is not confirmed comes again, and those that were settled with it do not', async () => {
  const broker = new ScriptedBroker();
  for (const text of ['quiet 7', 'quiet 30']) broker.refusals.set(text, new SluiceError('SLU3003', 'nobody answered'));
  await using app = await acceptedBy(broker);
  const again = broker.seen.filter((each) => each.kind === 'settled' && each.attempt > 1).map(({ text }) => text);
  assert.deepEqual(again, ['quiet 7', 'quiet 30']);
  assert.equal(broker.seen.length, TEXTS.length);
  const { accepted, unconfirmed } = await app.status();
  assert.deepEqual([accepted, unconfirmed], [TEXTS.length, 2]);
});

test('an event that its source cannot settle for now is settled by itself later, uncharged', async () => {
  const broker = new ScriptedBroker();
  broker.refusals.set('quiet 7', away('the disk is full'));
  await using app = await acceptedBy(broker);
  assert.equal(broker.seen.length, TEXTS.length);
  assert.ok(broker.seen.every((each) => each.kind === 'settled' && each.attempt === 1));
  const { accepted, unconfirmed } = await app.status();
  assert.deepEqual([accepted, unconfirmed], [TEXTS.length, 0]);
});
