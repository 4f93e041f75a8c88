import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningApp } from './running-app.ts';

const ATTEMPTS = 2;

/** One thread and one instance, so that whatever shares a batch, an instance or a thread with the event at fault does so here. */
const toml = (component: string): string => `
  component.${component}.pool = { threads = 1, instances = 1 }
  component.${component}.limits = { timeout = "1500ms", memory = "2MiB" }
  [[trigger.queue]]
  queue = "in"
  component = "${component}"
  retry = { attempts = ${ATTEMPTS}, first = "1ms", max = "1ms" }
  [output.out]
  queue = "out"`;

const faults = [
  { what: 'a trap', word: 'trap', outcome: 'trapped', reason: /unreachable/ },
  { what: 'a timeout', word: 'spin', outcome: 'timed-out', reason: /1500 ms/ },
  { what: 'a memory cap that is hit', word: 'grow', outcome: 'trapped', reason: /^out of memory/ },
  { what: 'a malformed answer', word: 'nonsense', outcome: 'trapped', reason: /^malformed answer/ },
] as const;

for (const component of ['choose', 'batch']) {
  for (const { what, word, outcome, reason } of faults) {
    test(`${what} costs one attempt of that one event, and its neighbours none (guest ${component})`, async () => {
      const neighbours = Array.from({ length: 60 }, (_, n) => `attempt of ${n}`);
      const texts = neighbours.toSpliced(30, 0, word);
      await using app = await RunningApp.open({ guests: [component], toml: toml(component) }, ...texts);
      await app.settled(texts.length);
      assert.deepEqual(app.out.toSorted(), neighbours.map((text) => text.replace('attempt', '1')).toSorted());
      const { outcomes, retried, deadLettered } = await app.status();
      assert.deepEqual([outcomes.completed, outcomes[outcome], retried, deadLettered], [60, ATTEMPTS, 1, 1]);
      const [letter] = app.letters;
      assert.deepEqual([letter?.outcome, letter?.attempt, app.letters.length], [outcome, ATTEMPTS, 1]);
      assert.match(letter?.reason ?? '', reason);
    });
  }
}

for (const { what, word } of faults) {
  test(`an instance is never used again after ${what}`, async () => {
    await using app = await RunningApp.open({ guests: ['choose'], toml: toml('choose') });
    await app.put('count a');
    await app.settled(1);
    await app.put('count b');
    await app.settled(2);
    await app.put(word);
    await app.settled(3);
    await app.put('count c');
    await app.settled(4);
    assert.deepEqual(app.out, ['1 a', '2 b', '1 c']);
  });
}

test('a guest that grows stops exactly at its cap', async () => {
  const capped = toml('grows').replace('2MiB', '3MiB');
  await using app = await RunningApp.open({ guests: ['grows'], toml: capped }, 'swallow');
  await app.settled(1);
  assert.deepEqual(app.out, [String((3 * 2 ** 20) / 65_536)]);
});
