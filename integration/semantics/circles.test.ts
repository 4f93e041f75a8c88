import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf } from '../../src/event.ts';
import { RunningApp } from './running-app.ts';

const toml = `
  limits.hops = 5
  [[trigger.queue]]
  name = "t"
  queue = "in"
  component = "choose"
  dead_letter = "dead"
  [output.self]
  queue = "in"
  [output.out]
  queue = "out"
  [output.dead]
  queue = "dead"`;

test('an event that runs in a circle of outputs is handled limits.hops times, then kept in the local store, counted and told', async () => {
  await using app = await RunningApp.open({ guests: ['choose'], toml });
  await app.put('to:self a', 'echo b');
  await app.until(async () => (await app.status()).deadLettered === 1);
  const { outcomes, deadLettered } = await app.status();
  assert.deepEqual([outcomes.completed, outcomes.rejected, deadLettered, app.out], [6, 1, 1, ['echo b']]);
  const [letter] = app.letters;
  assert.match(letter?.reason ?? '', /^SLU3007: the event has 5 hops behind it, limits.hops is 5$/);
  assert.equal(headerOf(letter?.event.headers ?? [], 'sluice-hops'), '5');
  assert.ok(app.metrics.some((line) => /^sluice_drops_total\{.*reason="too-many-hops".*\} 1$/.test(line)));
  assert.match(app.log.join(''), /"level":"error".*SLU3007/);
});

test('a forged count costs its own event alone, and one that is no count begins from 0', async () => {
  await using app = await RunningApp.open({ guests: ['choose'], toml });
  await app.publish([
    { headers: [['Sluice-Hops', '999999']], data: Buffer.from('echo forged') },
    { headers: [['sluice-hops', '-3']], data: Buffer.from('echo nonsense') },
    { headers: [], data: Buffer.from('echo plain') },
  ]);
  await app.settled(3);
  assert.deepEqual(app.out.toSorted(), ['echo nonsense', 'echo plain']);
  assert.equal(app.letters.length, 1);
});
