import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningApp } from './running-app.ts';
import { ScriptedBroker } from './scripted-broker.ts';

// An event of a lane may run before the one ahead of it is settled, never before that one completed; and nothing of a lane is accepted before
// the one ahead of it.

const keys = 'retry = { attempts = 4, first = "1ms", max = "5ms" }\n[output.out]\ntype = "scripted"';

interface Opened {
  readonly broker: ScriptedBroker;
  readonly app: RunningApp;
}

/** The lane of an event is its last word but one; `ok` alone has none. */
async function open(
  guest: string,
  more = '',
  supports: ConstructorParameters<typeof ScriptedBroker>[0] = {},
): Promise<Opened> {
  const broker = new ScriptedBroker(supports);
  broker.laneOf = (text) => text.split(' ').at(-2);
  const toml = `[[trigger.scripted]]\nname = "t"\ncomponent = "${guest}"\n${more}\n${keys}`;
  return { broker, app: await RunningApp.open({ guests: [guest], toml, adapters: [broker.adapter] }) };
}

const completed = async (app: RunningApp): Promise<number> => (await app.status()).outcomes.completed;

test('events of a lane run while outputs ahead of them are not confirmed; outputs and settlements keep the order', async () => {
  const { broker, app } = await open('choose');
  await using _ = app;
  const confirm = broker.holdOutputs();
  broker.feed('to:out a 1', 'to:out a 2', 'ok a 3', 'ok a 4', 'to:out a 5');
  await app.until(async () => (await completed(app)) === 5);
  assert.equal(broker.story.length, 0);
  confirm();
  await app.settled(5);
  const steps = [
    'published 1',
    'accept 1',
    'published 2',
    'accept 2',
    'accept 3',
    'accept 4',
    'published 5',
    'accept 5',
  ];
  assert.deepEqual(
    broker.story.map((step) => step.replace(/\S+ a /, '')),
    steps,
  );
});

test('with order_strict, no event of a lane runs before the one ahead of it is settled', async () => {
  const { broker, app } = await open('choose', 'order_strict = true');
  await using _ = app;
  const confirm = broker.holdOutputs();
  broker.feed('to:out a 1', 'to:out a 2', 'ok a 3');
  await app.until(async () => (await completed(app)) === 1);
  broker.feed('ok'); // has no lane: what may run has run when it is settled
  await app.settled(1);
  assert.equal(await completed(app), 2);
  confirm();
  await app.settled(4);
  assert.deepEqual(broker.story, [
    'accept ok',
    'published to:out a 1',
    'accept to:out a 1',
    'published to:out a 2',
    'accept to:out a 2',
    'accept ok a 3',
  ]);
});

test('an event whose output is refused for good is given up on before those behind it are settled, though they ran', async () => {
  const { broker, app } = await open('choose');
  await using _ = app;
  broker.feed('to:out a 1', 'to:nowhere a 2', 'to:out a 3', 'ok a 4');
  await app.settled(4);
  assert.deepEqual(broker.story, [
    'published to:out a 1',
    'accept to:out a 1',
    'drop to:nowhere a 2',
    'published to:out a 3',
    'accept to:out a 3',
    'accept ok a 4',
  ]);
  assert.equal(await completed(app), 4);
  assert.match(app.letters[0]?.reason ?? '', /SLU3005/);
});

for (const { what, supports } of [
  { what: 'its source', supports: { retryAfter: true, ordered: true } },
  { what: 'Sluice itself', supports: {} },
]) {
  test(`what is behind an event that fails, traps or runs out of time does not run before that was retried by ${what}`, async () => {
    const { broker, app } = await open('choose', 'timeout = "300ms"', supports);
    await using _ = app;
    const words = ['ok', 'fail-until:3', 'ok', 'trap-until:2', 'reject', 'to:out', 'spin', 'ok'];
    broker.feed(...words.map((word, n) => `${word} a ${n}`));
    await app.settled(words.length);
    const ends = broker.story
      .filter((step) => /^(accept|drop)/.test(step))
      .map((step) => Number(step.split(' ').at(-1)));
    assert.deepEqual(
      ends,
      ends.toSorted((one, other) => one - other),
    );
    assert.equal(ends.length, words.length);
    const { outcomes } = await app.status();
    assert.deepEqual(
      [outcomes.failed, outcomes.trapped, outcomes.rejected, outcomes['timed-out']],
      [2, 1, 1, 4],
      'only what ran is charged',
    );
    assert.equal(outcomes.completed, 6);
  });
}

test('what ran behind an event that is given back at the end goes back, too, and nothing of it is accepted', async () => {
  const { broker, app } = await open('choose');
  await using _ = app;
  broker.holdOutputs();
  broker.feed('to:out a 1', 'ok a 2', 'to:out a 3', 'ok b 1');
  await app.until(async () => (await completed(app)) === 4 && broker.story.length === 1);
  app.runtime.cancel();
  await app.until(() => broker.story.length === 4);
  assert.deepEqual(broker.story.toSorted(), [
    'accept ok b 1',
    'release ok a 2',
    'release to:out a 1',
    'release to:out a 3',
  ]);
});

test('at the end, the event of a lane that runs finishes, and what is behind it goes back uncharged', async () => {
  const { broker, app } = await open('wakes');
  await using _ = app;
  broker.feed('300 ok a 1', '1 ok a 2', '1 ok a 3', '1 to:out b 1');
  await app.until(() => broker.story.length === 2); // by then the first of each lane was entered
  await app.runtime.drain();
  assert.deepEqual(
    broker.story.filter((step) => step.startsWith('accept')),
    ['accept 1 to:out b 1', 'accept 300 ok a 1'],
  );
  assert.deepEqual(broker.story.filter((step) => step.startsWith('release')).toSorted(), [
    'release 1 ok a 2',
    'release 1 ok a 3',
  ]);
  assert.deepEqual(
    broker.seen.map((seen) => (seen.kind === 'settled' ? seen.attempt : 1)),
    [1, 1, 1, 1, 1],
  );
});

test('a lane that another reader gets in the middle of a chain is thrown away here, and runs in order when it comes again', async () => {
  const { broker, app } = await open('wakes');
  await using _ = app;
  broker.feed('300 ok a 1', '1 to:out a 2', '1 ok a 3', '1 to:out b 1');
  await app.until(() => broker.story.length === 2);
  broker.revoke();
  await app.settled(4);
  assert.deepEqual(broker.story, [
    'published to:out b 1',
    'accept 1 to:out b 1',
    'accept 300 ok a 1',
    'published to:out a 2',
    'accept 1 to:out a 2',
    'accept 1 ok a 3',
  ]);
  assert.equal((await app.status()).discarded, 3);
});
