import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { seededRandom } from '../seeded-random.ts';
import type { SluiceProcess } from '../sluice-process.ts';
import { until } from '../until.ts';
import { type KeyOrder, KeyOrderRig } from './key-order-rig.ts';
import { Stage } from './stage.ts';

const { SLUICE_LONG, SLUICE_SEED } = process.env;
const RECORDS = SLUICE_LONG ? 1_000_000 : 20_000;
/** Fewer in transactions: they go one after the other. */
const RECORDS_ONCE = SLUICE_LONG ? 50_000 : 2500;
const SEED = Number(SLUICE_SEED || 1);
const MOST_MEMBERS = 3;
/** Looking takes time from the broker. */
const LOOK_EVERY_MS = 200;
const PATIENCE_MS = 400_000;

const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

/** Lets a group do all of it that changes each time when `calm` of them are done. */
async function run(rig: KeyOrderRig, records: number, calm: number): Promise<KeyOrder> {
  const random = seededRandom(SEED);
  await rig.publish(records, random);
  await using stack = new AsyncDisposableStack();
  const start = (): SluiceProcess => stack.use(rig.start());
  const members = [start()];
  const downTo = (left: number): Promise<void> =>
    until(async () => {
      await sleep(LOOK_EVERY_MS);
      return (await rig.left()) <= left;
    }, PATIENCE_MS);
  for (let left = records - calm; left > 0; left -= calm) {
    await downTo(left);
    change(members, start, random);
  }
  await downTo(0);
  return await rig.order();
}

/** Starts a member, or ends one: properly or not. */
function change(members: SluiceProcess[], start: () => SluiceProcess, random: () => number): void {
  if (members.length < 2 || (members.length < MOST_MEMBERS && random() < 0.5)) return void members.push(start());
  const [leaver] = members.splice(Math.floor(random() * members.length), 1);
  leaver?.kill(random() < 0.5 ? 'SIGKILL' : 'SIGTERM');
}

test(`events of one key end in their order, over ${RECORDS} with retries, while members join, leave and die (SLUICE_SEED=${SEED})`, async (context) => {
  using rig = await KeyOrderRig.setUp(stage);
  const { ended, doubled, inversions } = await run(rig, RECORDS, SLUICE_LONG ? 10_000 : 4000);
  context.diagnostic(`seed ${SEED}: ${ended} ended, ${doubled} of them again, ${inversions.length} inversions`);
  assert.deepEqual(inversions, []);
  assert.equal(ended, RECORDS);
});

test(`exactly once, events of one key end in their order, each once (SLUICE_SEED=${SEED})`, async (context) => {
  using rig = await KeyOrderRig.setUp(stage, { exactlyOnce: true });
  const order = await run(rig, RECORDS_ONCE, 1000);
  context.diagnostic(`seed ${SEED}: ${order.ended} ended`);
  assert.deepEqual(order, { ended: RECORDS_ONCE, doubled: 0, inversions: [] });
});
