import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../seeded-random.ts';
import { KillRig, told } from './kill-rig.ts';
import { killOneByOne, killOneOfTwo } from './kill-runs.ts';

const { SLUICE_KILLS, SLUICE_LONG, SLUICE_SEED } = process.env;
const KILLS = Number(SLUICE_KILLS || (SLUICE_LONG ? 200 : 10));
const SEED = Number(SLUICE_SEED || 1);

for (const { whom, kills, run } of [
  { whom: 'a process', kills: KILLS, run: killOneByOne },
  { whom: 'one of two processes', kills: Math.ceil(KILLS / 2), run: killOneOfTwo },
]) {
  test(`nothing is lost by ${kills} SIGKILLs of ${whom} under Kafka load with retries and dead letters (SLUICE_SEED=${SEED})`, async (context) => {
    const random = seededRandom(SEED);
    await using rig = await KillRig.setUp(seededRandom(SEED + 1));
    const aftermath = await run(rig, kills, random);
    context.diagnostic(`seed ${SEED}, ${kills} kills of ${whom}: ${told(aftermath)}`);
    assert.deepEqual(aftermath.lost, []);
    assert.ok(aftermath.doubled.length > 0, 'no kill met an event under way');
  });
}
