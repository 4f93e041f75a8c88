import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningApp } from './running-app.ts';
import { ScriptedBroker } from './scripted-broker.ts';

const retry = 'retry = { attempts = 4, first = "1ms", max = "5ms" }';
const out = '[output.out]\ntype = "queue"\nqueue = "out"';

const sources = [
  { what: 'the embedded queue, which retries by itself', type: 'queue', keys: 'queue = "in"' },
  { what: 'a source that cannot retry', type: 'scripted', keys: '' },
];

for (const { what, type, keys } of sources) {
  const toml = `[[trigger.${type}]]\nname = "t"\ncomponent = "choose"\n${keys}\n${retry}\n${out}`;
  const open = async (...texts: string[]): Promise<RunningApp> => {
    const broker = new ScriptedBroker({ retryAfter: false });
    const app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] }, ...texts);
    broker.feed(...texts);
    return app;
  };

  test(`attempts are counted in all, the first included (${what})`, async () => {
    await using app = await open('fail');
    await app.settled(1);
    const { taken, outcomes, retried, deadLettered } = await app.status();
    assert.deepEqual([outcomes.failed, retried, deadLettered], [4, 3, 1]);
    assert.equal(taken, type === 'queue' ? 4 : 1);
    assert.deepEqual(
      app.letters.map(({ attempt, outcome }) => [attempt, outcome]),
      [[4, 'failed']],
    );
  });

  test(`an event that succeeds at its last attempt is no dead letter (${what})`, async () => {
    await using app = await open('fail-until:4 a', 'trap-until:4 b');
    await app.settled(2);
    assert.deepEqual(app.out.toSorted(), ['fail-until:4 a', 'trap-until:4 b']);
    assert.deepEqual(app.letters, []);
  });

  test(`the component sees the number of each attempt (${what})`, async () => {
    await using app = await open('attempt', 'fail-until:3', 'reject');
    await app.settled(3);
    assert.deepEqual(app.out.toSorted(), ['1', 'fail-until:3']);
    assert.deepEqual(
      app.letters.map(({ attempt }) => attempt),
      [1],
    );
  });
}

test('an event with more attempts behind it than the policy has is not tried again', async () => {
  const broker = new ScriptedBroker();
  const toml = `[[trigger.scripted]]\nname = "t"\ncomponent = "choose"\n${retry}\n${out}`;
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  broker.feedAs(4, 'echo last');
  broker.feedAs(5, 'echo too late');
  await app.settled(2);
  assert.deepEqual(app.out, ['echo last']);
  const [letter] = app.letters;
  assert.match(letter?.reason ?? '', /4 attempts were begun/);
});

test('a cron slot is retried by the same policy', async () => {
  const toml = `
    [[trigger.cron]]
    name = "t"
    every = "365d"
    run_at_start = true
    payload = "fail"
    component = "choose"
    ${retry}
    ${out}`;
  await using app = await RunningApp.open({ guests: ['choose'], toml });
  await app.settled(1);
  const { outcomes } = await app.status();
  assert.equal(outcomes.failed, 4);
  assert.deepEqual(
    app.letters.map(({ attempt }) => attempt),
    [4],
  );
});

test('a lane keeps its order when events of it fail, and other lanes do not wait', async () => {
  const toml = `[[trigger.queue]]\nname = "t"\nqueue = "in"\ncomponent = "choose"\n${retry}\n${out}`;
  await using app = await RunningApp.open({ guests: ['choose'], toml });
  const words = ['echo', 'fail-until:3', 'trap-until:2', 'fail', 'echo'];
  const items = Array.from({ length: 200 }, (_, n) => {
    const key = `k${n % 10}`;
    return { key: Buffer.from(key), headers: [], data: Buffer.from(`${words[n % 7] ?? 'echo'} ${key} ${n}`) };
  });
  await app.publish(items);
  await app.settled(items.length);
  const ends = app.out.map((text) => text.split(' ').slice(1));
  for (const [key, events] of Object.entries(Object.groupBy(ends, ([of = '']) => of))) {
    const numbers = (events ?? []).map(([, number]) => Number(number));
    assert.deepEqual(
      numbers,
      numbers.toSorted((one, other) => one - other),
      key,
    );
  }
  assert.equal(app.out.length + app.letters.length, items.length);
});

test('a lane keeps its order even if its source would bring a retried event too late', async () => {
  const broker = new ScriptedBroker({ retryAfter: true, ordered: false });
  broker.laneOf = (text) => text.split(' ')[1];
  const toml = `[[trigger.scripted]]\nname = "t"\ncomponent = "choose"\n${retry}\n${out}`;
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  broker.feed('fail-until:3 a', 'echo a', 'trap-until:2 b', 'echo b', 'fail-until:2');
  await app.settled(5);
  const laneOf = (lane: string): readonly string[] => app.out.filter((text) => text.endsWith(` ${lane}`));
  assert.deepEqual(
    [laneOf('a'), laneOf('b')],
    [
      ['fail-until:3 a', 'echo a'],
      ['trap-until:2 b', 'echo b'],
    ],
  );
  assert.deepEqual(
    broker.story.filter((step) => step.startsWith('retry')),
    ['retry fail-until:2'],
  );
});
