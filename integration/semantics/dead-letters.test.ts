import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf } from '../../src/event.ts';
import { RunningApp } from './running-app.ts';
import { away, refused, refusedMessage, ScriptedBroker } from './scripted-broker.ts';

const toml = `
  [[trigger.scripted]]
  name = "t"
  component = "choose"
  retry = { attempts = 2, first = "1ms", max = "1ms" }
  dead_letter = "dead"
  [output.dead]
  type = "scripted"
  [output.out]
  type = "queue"
  queue = "out"`;

test('a dead letter is confirmed written before its event is settled', async () => {
  const broker = new ScriptedBroker();
  const confirm = broker.holdOutputs();
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  broker.feed('reject a', 'echo b');
  await app.until(() => broker.story.length === 1);
  assert.deepEqual(broker.story, ['accept echo b']);
  assert.equal(broker.unsettled, 1);
  confirm();
  await app.settled(2);
  assert.deepEqual(broker.story.slice(1), ['published reject a', 'drop reject a']);
});

for (const [error, trouble] of [
  [away('connection refused'), 'is away'],
  [refused('no such subject'), 'refuses whatever is sent'],
] as const) {
  test(`nothing is settled while dead letters can't be written (${error.message}), and the trigger says so`, async () => {
    const broker = new ScriptedBroker();
    await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
    broker.outputError = error;
    broker.feed('reject a', 'trap b', 'echo c');
    await app.until(async () => (await app.status()).held === 2 && broker.story.length === 1);
    await app.until(async () => (await app.status()).reason !== undefined);
    assert.deepEqual(broker.story, ['accept echo c']);
    const { state, reason, deadLettered } = await app.status();
    assert.deepEqual([state, deadLettered], ['running', 0]);
    assert.match(reason ?? '', new RegExp(`^the dead-letter store ${trouble}: ${error.message}`));
    broker.outputError = undefined;
    await app.settled(3);
    assert.deepEqual(broker.story.filter((step) => !step.startsWith('accept')).toSorted(), [
      'drop reject a',
      'drop trap b',
      'published reject a',
      'published trap b',
    ]);
    const after = await app.status();
    assert.deepEqual([after.reason, after.deadLettered], [undefined, 2]);
  });
}

test('a dead letter that goes to an output tells what happened to the event', async () => {
  const broker = new ScriptedBroker();
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  broker.feed('fail a');
  await app.settled(1);
  const letter = broker.seen.find((each) => each.kind === 'published');
  const about = (name: string): string | undefined => headerOf(letter?.message.headers ?? [], `sluice-dead-${name}`);
  assert.deepEqual(['trigger', 'component', 'id', 'attempt', 'outcome', 'reason'].map(about), [
    't',
    'choose',
    's1',
    '2',
    'failed',
    'asked to fail (attempt 2 of 2)',
  ]);
});

test('two events that were given the same id are two dead letters', async () => {
  const queue = '[[trigger.queue]]\nname = "t"\nqueue = "in"\ncomponent = "choose"';
  await using app = await RunningApp.open({ guests: ['choose'], toml: queue });
  const publish = async (text: string): Promise<void> => {
    await app.publish([{ id: 'order-17', headers: [], data: Buffer.from(text) }]);
  };
  await publish('reject a');
  await app.settled(1);
  await publish('reject b');
  await app.settled(2);
  assert.deepEqual(
    app.letters.map(({ event }) => Buffer.from(event.data).toString()),
    ['reject b', 'reject a'],
  );
});

test('a dead letter for a queue in the state file of its source is committed with the settlement', async () => {
  const queues = `
  [[trigger.queue]]
  name = "t"
  queue = "in"
  component = "choose"
  dead_letter = "dead"
  [output.dead]
  type = "queue"
  queue = "out"`;
  await using app = await RunningApp.open({ guests: ['choose'], toml: queues });
  await app.put('reject a', 'reject b');
  await app.settled(2);
  assert.deepEqual([app.out.toSorted(), app.letters.length], [['reject a', 'reject b'], 0]);
  assert.equal((await app.status()).deadLettered, 2);
});

test('a dead letter that an output will never take is kept in the store, and holds up nothing', async () => {
  const broker = new ScriptedBroker();
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  broker.outputError = refusedMessage('message or headers too large');
  broker.feed('reject a', 'echo b');
  await app.settled(2);
  assert.deepEqual(broker.story.toSorted(), ['accept echo b', 'drop reject a']);
  assert.deepEqual(
    app.letters.map(({ reason }) => reason),
    ['asked to reject'],
  );
});
