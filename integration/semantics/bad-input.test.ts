import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '../../src/event.ts';
import { RunningApp } from './running-app.ts';

const toml = (component: string, more = ''): string => `
  ${more}
  [[trigger.queue]]
  name = "t"
  queue = "in"
  component = "${component}"
  retry = { attempts = 1 }
  [output.out]
  queue = "out"`;

const event = (data: Uint8Array, headers: readonly Header[] = []) => ({ data, headers });

test('an event without data is handled, and so is a message without data', async () => {
  await using app = await RunningApp.open({ guests: ['echo'], toml: toml('echo') }, '');
  await app.settled(1);
  assert.deepEqual(app.out, ['']);
});

test('an event as large as limits.event_size is handled, a larger one is a dead letter that says so, and its data is kept', async () => {
  const limit = 'limits.event_size = "64KiB"';
  await using app = await RunningApp.open({ guests: ['choose'], toml: toml('choose', limit) });
  await app.publish([event(Buffer.alloc(65_536, 'x')), event(Buffer.alloc(65_537, 'x'))]);
  await app.settled(2);
  const [letter] = app.letters;
  assert.equal(letter?.reason, 'SLU3004: the event has 65537 bytes, limits.event_size is 65536');
  assert.deepEqual([letter.attempt, letter.event.data.byteLength], [1, 65_537]);
  assert.equal((await app.status()).outcomes.completed, 1);
});

test('an event of 8 MiB is handled by default', async () => {
  await using app = await RunningApp.open({ guests: ['choose'], toml: toml('choose') });
  await app.publish([event(Buffer.alloc(8 * 2 ** 20))]);
  await app.settled(1);
  assert.deepEqual(app.letters, []);
});

test('headers of every kind do not stop an event', async () => {
  const odd: readonly Header[] = [
    ['', ''],
    ['\ud800', 'a lone surrogate \udfff'],
    ['line\nbreak', 'a\r\nb\0c'],
    ['same', '1'],
    ['same', '2'],
    ['traceparent', 'not a traceparent'],
    ...Array.from({ length: 5000 }, (_, n): Header => [`h${n}`, '✓']),
  ];
  await using app = await RunningApp.open({ guests: ['echo'], toml: toml('echo') });
  await app.publish([event(Buffer.from('a'), odd), event(Buffer.from('b'))]);
  await app.settled(2);
  assert.deepEqual(app.out.toSorted(), ['a', 'b']);
});

test('a guest that answers with 100 MiB costs its event the attempt, and the next event nothing', async () => {
  const memory = 'component.floods.limits = { memory = "256MiB", output_size = "8MiB" }';
  await using app = await RunningApp.open({ guests: ['floods'], toml: toml('floods', memory) }, 'a', 'b');
  await app.settled(2);
  assert.deepEqual(
    app.letters.map(({ outcome, attempt, reason }) => [outcome, attempt, /limits.output_size/.test(reason)]),
    [
      ['trapped', 1, true],
      ['trapped', 1, true],
    ],
  );
});

test('whatever nonsense a guest answers with, its event ends as a dead letter', async () => {
  const bounds = ['answer out of bounds', 'list out of bounds', 'list too long', 'data out of bounds'];
  const texts = [...bounds, 'discriminant', 'failure discriminant', 'option discriminant'];
  await using app = await RunningApp.open({ guests: ['nonsense'], toml: toml('nonsense') }, ...texts);
  await app.settled(texts.length);
  assert.equal(app.letters.length, texts.length);
  for (const { outcome, reason } of app.letters) assert.match(`${outcome}: ${reason}`, /^trapped: malformed answer/);
});
