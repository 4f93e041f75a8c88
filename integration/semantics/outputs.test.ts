import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningApp } from './running-app.ts';
import { away, refused, refusedMessage, ScriptedBroker } from './scripted-broker.ts';

const scriptedToFar = {
  guests: ['choose'],
  toml: `
    [[trigger.scripted]]
    name = "t"
    component = "choose"
    [output.far]
    type = "scripted"
    [output.out]
    type = "queue"
    queue = "out"`,
};

test('an event is settled only after the component returned and its outputs were confirmed', async () => {
  const broker = new ScriptedBroker();
  const confirm = broker.holdOutputs();
  await using app = await RunningApp.open({ ...scriptedToFar, adapters: [broker.adapter] });
  broker.feed('to:far a', 'echo b');
  await app.until(() => app.out.length === 1 && broker.story.length === 1);
  assert.deepEqual(broker.story, ['accept echo b']);
  assert.equal(broker.unsettled, 1);
  confirm();
  await app.settled(2);
  assert.deepEqual(broker.story, ['accept echo b', 'published to:far a', 'accept to:far a']);
});

test('an output that is away from the start holds its events, charges them nothing, and they go on when it is back', async () => {
  const broker = new ScriptedBroker();
  broker.outputError = away('connection refused');
  await using app = await RunningApp.open({ ...scriptedToFar, adapters: [broker.adapter] });
  broker.feed('to:far a', 'to:far b', 'echo c');
  await app.until(async () => (await app.status()).reason !== undefined);
  await app.settled(1);
  const { state, reason, held, retried } = await app.status();
  assert.deepEqual([state, held, retried], ['running', 2, 0]);
  assert.match(reason ?? '', /^output 'far' is away: connection refused/);
  assert.deepEqual(broker.story, ['accept echo c']);
  broker.outputError = undefined;
  await app.settled(3);
  assert.deepEqual(broker.story.slice(1).toSorted(), [
    'accept to:far a',
    'accept to:far b',
    'published to:far a',
    'published to:far b',
  ]);
  const after = await app.status();
  assert.deepEqual([after.reason, after.accepted, after.retried, after.outcomes.completed], [undefined, 3, 0, 3]);
});

test('the trigger says that an output is away for as long as it is, whatever other outputs do', async () => {
  const broker = new ScriptedBroker();
  await using app = await RunningApp.open({ ...scriptedToFar, adapters: [broker.adapter] });
  broker.outputError = away('connection refused');
  broker.feed('to:far a');
  await app.until(async () => (await app.status()).reason !== undefined);
  const stories: unknown[] = [];
  for (let n = 0; n < 20; n += 1) {
    broker.feed('echo b');
    await app.settled(n + 1);
    stories.push((await app.status()).reason);
  }
  assert.deepEqual(new Set(stories), new Set(["output 'far' is away: connection refused"]));
  broker.outputError = undefined;
  await app.settled(21);
});

test('a message that its output will never take makes its event a dead letter, and stops nobody else', async () => {
  const broker = new ScriptedBroker();
  await using app = await RunningApp.open({ ...scriptedToFar, adapters: [broker.adapter] });
  broker.outputError = refusedMessage('its headers are too large');
  broker.feed('to:far a', 'echo b');
  await app.settled(2);
  assert.deepEqual(broker.story.toSorted(), ['accept echo b', 'drop to:far a']);
  assert.match(app.letters[0]?.reason ?? '', /output 'far': its headers are too large/);
  assert.equal((await app.status()).reason, undefined);
});

test('an output that refuses whatever is sent holds its events and says so, until somebody mends it', async () => {
  const broker = new ScriptedBroker();
  await using app = await RunningApp.open({ ...scriptedToFar, adapters: [broker.adapter] });
  broker.outputError = refused('publishing is not allowed');
  broker.feed('to:far a', 'echo b');
  await app.until(async () => (await app.status()).reason !== undefined);
  await app.settled(1);
  const { reason, held } = await app.status();
  assert.deepEqual([reason, held], ["output 'far' refuses whatever is sent: publishing is not allowed", 1]);
  assert.ok(app.metrics.includes('sluice_trigger_trouble{sluice_trigger="t"} 1'));
  assert.match(app.log.join(''), /publishing is not allowed/);
  broker.outputError = undefined;
  await app.settled(2);
  assert.deepEqual([broker.story.slice(1), app.letters], [['published to:far a', 'accept to:far a'], []]);
});

test('an output that was away at the start and then refuses for good is reported, and its events are held', async () => {
  const broker = new ScriptedBroker();
  broker.outputError = away('connection refused');
  await using app = await RunningApp.open({ ...scriptedToFar, adapters: [broker.adapter] });
  broker.outputError = refused('wrong password');
  broker.feed('to:far a');
  await app.until(async () => (await app.status()).reason === "output 'far' refuses whatever is sent: wrong password");
  broker.outputError = undefined;
  await app.settled(1);
  assert.deepEqual([broker.story, app.letters], [['published to:far a', 'accept to:far a'], []]);
});

test('an event whose output is not in the manifest is a dead letter that names it', async () => {
  const toml = '[[trigger.queue]]\nqueue = "in"\ncomponent = "choose"\n[output.out]\nqueue = "out"';
  await using app = await RunningApp.open({ guests: ['choose'], toml }, 'to:far a');
  await app.settled(1);
  assert.match(app.letters[0]?.reason ?? '', /SLU3005: .*'far'/);
  assert.deepEqual(app.out, []);
});

test('an event that waits for an output or for its dead letter is given back uncharged when Sluice gives up', async () => {
  const broker = new ScriptedBroker();
  const toml = scriptedToFar.toml.replace('name = "t"', 'name = "t"\ndead_letter = "far"');
  await using app = await RunningApp.open({ ...scriptedToFar, toml, adapters: [broker.adapter] });
  broker.outputError = away('connection refused');
  broker.feed('to:far a', 'reject b');
  await app.until(
    async () => (await app.status()).outcomes.rejected === 1 && (await app.status()).outcomes.completed === 1,
  );
  app.runtime.cancel();
  assert.equal(await app.runtime.drain(), false);
  assert.deepEqual(broker.story.toSorted(), ['release reject b', 'release to:far a']);
});
