import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateFile, systemClock } from '#trigger';
import type { DueSlots } from '../schedule/due-slots.ts';
import { StateRecords } from './state-records.ts';

const START = Date.UTC(2026, 5, 1);

function due(...slots: number[]): DueSlots {
  return { runs: slots.map((slot) => ({ slot, run: 'scheduled' })), missed: 0, upTo: slots.at(-1) ?? START };
}

test('StateRecords keeps the decision of the process that was first, and takes none back', async () => {
  await using state = StateFile.open(':memory:');
  const records = new StateRecords(state, 'job', systemClock);
  await records.begin('every 1s', START);
  const [first, second] = await Promise.all([
    records.decide(START, due(START + 1000, START + 2000), Infinity, START + 2000),
    records.decide(START, due(START + 1000), Infinity, START + 1000),
  ]);
  assert.deepEqual([first, second], [0, undefined]);
  assert.equal(records.decided, START + 2000);
  assert.equal(records.ready(START + 2000, 10).length, 2);
});

test('StateRecords begins anew for a changed schedule only', async () => {
  await using state = StateFile.open(':memory:');
  const records = new StateRecords(state, 'job', systemClock);
  await records.begin('every 1s', START);
  await records.begin('every 1s', START + 5000);
  assert.equal(records.decided, START);
  await records.begin('every 2s', START + 5000);
  assert.equal(records.decided, START + 5000);
});

test('StateRecords keeps triggers apart', async () => {
  await using state = StateFile.open(':memory:');
  const [one, two] = [new StateRecords(state, 'one', systemClock), new StateRecords(state, 'two', systemClock)];
  for (const records of [one, two]) await records.begin('every 1s', START);
  await one.decide(START, due(START + 1000), 1, START + 1000);
  assert.equal(await two.decide(START, due(START + 1000), 1, START + 1000), 0);
  assert.equal(two.decided, START + 1000);
});
