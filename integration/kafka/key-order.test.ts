import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../seeded-random.ts';
import type { SluiceProcess } from '../sluice-process.ts';
import { until } from '../until.ts';
import { KeyOrderRig } from './key-order-rig.ts';

const { SLUICE_LONG, SLUICE_SEED } = process.env;
const RECORDS = SLUICE_LONG ? 1_000_000 : 50_000;
const SEED = Number(SLUICE_SEED || 1);
/** The group changes each time when so many events have ended. */
const CALM = 5000;
const MOST_MEMBERS = 3;
const PATIENCE_MS = 120_000;

/** Starts a member, or ends one: properly or not. */
function change(members: SluiceProcess[], start: () => SluiceProcess, random: () => number): void {
  const joins = members.length < 2 || (members.length < MOST_MEMBERS && random() < 0.5);
  if (joins) return void members.push(start());
  const [leaver] = members.splice(Math.floor(random() * members.length), 1);
  leaver?.kill(random() < 0.5 ? 'SIGKILL' : 'SIGTERM');
}

test(`events of one key end in their order, over ${RECORDS} with retries, while members join, leave and die (SLUICE_SEED=${SEED})`, async (context) => {
  const random = seededRandom(SEED);
  await using rig = await KeyOrderRig.setUp();
  await rig.publish(RECORDS, random);
  await using stack = new AsyncDisposableStack();
  const start = (): SluiceProcess => stack.use(rig.start());
  const members = [start()];
  let changes = 0;
  for (let left = RECORDS - CALM; left > 0; left -= CALM) {
    await until(async () => (await rig.left()) <= left, PATIENCE_MS);
    console.log(performance.now() | 0, await rig.left(), members.length);
    change(members, start, random);
    changes += 1;
  }
  await until(async () => (await rig.left()) === 0, PATIENCE_MS);
  const { ended, doubled, inversions } = await rig.order();
  context.diagnostic(
    `seed ${SEED}: ${ended} of ${RECORDS} ended, ${doubled} again, ${changes} changes, ${inversions.length} inversions`,
  );
  assert.deepEqual(inversions, []);
  assert.equal(ended, RECORDS);
});
