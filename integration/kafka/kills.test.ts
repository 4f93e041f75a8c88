import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { seededRandom } from '../seeded-random.ts';
import { KillRig, summaryOf } from './kill-rig.ts';
import { killOneByOne, killOneOfTwo } from './kill-runs.ts';
import { Stage } from './stage.ts';

const { SLUICE_KILLS, SLUICE_LONG, SLUICE_SEED } = process.env;
const KILLS = Number(SLUICE_KILLS || (SLUICE_LONG ? 200 : 6));
const SEED = Number(SLUICE_SEED || 1);

const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

let doubled = 0;

for (const { whom, kills, run } of [
  { whom: 'a process', kills: KILLS, run: killOneByOne },
  { whom: 'one of two processes', kills: Math.ceil(KILLS / 10), run: killOneOfTwo },
]) {
  test(`nothing is lost by ${kills} SIGKILLs of ${whom} under Kafka load with retries and dead letters (SLUICE_SEED=${SEED})`, async (context) => {
    const random = seededRandom(SEED);
    using rig = await KillRig.setUp(stage, seededRandom(SEED + 1));
    const aftermath = await run(rig, kills, random);
    context.diagnostic(`seed ${SEED}, ${kills} kills of ${whom}: ${summaryOf(aftermath)}`);
    assert.deepEqual(aftermath.lost, []);
    doubled += aftermath.doubled.length;
  });
}

test('some of those kills met an event that had its output already', () => {
  assert.ok(doubled > 0);
});
