import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Aftermath, crashRun } from './crash-run.ts';

const { SLUICE_KILLS, SLUICE_LONG, SLUICE_SEED } = process.env;
const kills = Number(SLUICE_KILLS || (SLUICE_LONG ? 200 : 10));
const seed = Number(SLUICE_SEED || Date.now() % 1_000_000);

const lastWord = (text: string): string => text.slice(text.lastIndexOf(' ') + 1);
const idsOf = (items: readonly { readonly text: string }[]): readonly string[] =>
  items.map(({ text }) => lastWord(text));

let aftermath: Aftermath;

before(async () => {
  aftermath = await crashRun(kills, seed);
});

test(`after ${kills} SIGKILLs under load, every published event was handled or is a dead letter`, (t) => {
  const { published, out, far, letters, left, interrupted, integrity } = aftermath;
  const dead = letters.map(({ event }) => event.id);
  const ends = [...idsOf(out), ...idsOf(far), ...dead];
  const ended = new Set(ends);
  const lost = [...published].filter((id) => !ended.has(id));
  t.diagnostic(
    `seed ${seed}: ${kills} kills, ${published.size} published, ${interrupted} interrupted, ${lost.length} lost; ` +
      `${out.length} + ${far.length} outputs, ${letters.length} dead letters, ${ends.length - ended.size} duplicates`,
  );
  assert.deepEqual(lost, []);
  assert.deepEqual(left, []);
  assert.deepEqual(integrity, ['ok', 'ok']);
  assert.ok(interrupted > 0, 'no kill met an event under way');
});

test('outputs that are committed with the settlement of their event are there once', () => {
  const ids = idsOf(aftermath.out);
  assert.equal(new Set(ids).size, ids.length);
});

test('an output that is published again after a crash has the id that it had before', () => {
  const { far } = aftermath;
  for (const copies of Map.groupBy(far, ({ text }) => text).values())
    assert.equal(new Set(copies.map(({ id }) => id)).size, 1);
});

test('no event of a lane ends before an earlier one of its lane has ended, whatever was killed in between', () => {
  const outputs = aftermath.out.map(({ text, time }) => ({ text, time }));
  const letters = aftermath.letters.map(({ event, deadAt }) => ({
    text: Buffer.from(event.data).toString(),
    time: deadAt,
  }));
  const ends = [...outputs, ...letters].filter(({ text }) => text.split(' ').length === 3);
  const lanes = Map.groupBy(ends, ({ text }) => text.split(' ')[1]);
  assert.ok(lanes.size > 1);
  for (const [key, lane] of lanes) {
    const inOrder = lane.toSorted((one, other) => Number(lastWord(one.text)) - Number(lastWord(other.text)));
    const times = inOrder.map(({ time }) => time);
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one - other),
      `lane ${key}`,
    );
  }
});
