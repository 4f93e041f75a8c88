import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { seededRandom } from '../seeded-random.ts';
import { until } from '../until.ts';
import { KillRig, summaryOf } from './kill-rig.ts';
import { finish, killOneByOne, killOneOfTwo } from './kill-runs.ts';
import { SHORT_SESSION_MS, Stage } from './stage.ts';

const { SLUICE_KILLS, SLUICE_LONG, SLUICE_SEED } = process.env;
const KILLS = Number(SLUICE_KILLS || (SLUICE_LONG ? 200 : 6));
const SEED = Number(SLUICE_SEED || 1);

const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

let aborted = 0;

for (const { whom, kills, run } of [
  { whom: 'a process', kills: KILLS, run: killOneByOne },
  { whom: 'one of two processes', kills: Math.ceil(KILLS / 10), run: killOneOfTwo },
]) {
  test(`exactly once, each event is there once after ${kills} SIGKILLs of ${whom} under load (SLUICE_SEED=${SEED})`, async (context) => {
    const random = seededRandom(SEED);
    using rig = await KillRig.setUp(stage, seededRandom(SEED + 1), { exactlyOnce: true });
    const aftermath = await run(rig, kills, random);
    context.diagnostic(`seed ${SEED}, ${kills} kills of ${whom}: ${summaryOf(aftermath)}`);
    assert.deepEqual([aftermath.lost, aftermath.doubled], [[], []]);
    aborted += aftermath.aborted;
  });
}

test(`exactly once, a process that sleeps through the end of its session commits nothing that another has done (SLUICE_SEED=${SEED})`, async (context) => {
  const sleeps = Math.ceil(KILLS / 10);
  const events = 400;
  const random = seededRandom(SEED);
  using rig = await KillRig.setUp(stage, seededRandom(SEED + 1), { exactlyOnce: true });
  await using one = rig.start();
  await using other = rig.start();
  let interrupted = 0;
  for (let n = 0; n < sleeps; n += 1) {
    const sleeper = random() < 0.5 ? one : other;
    await rig.publish(events);
    const left = await rig.left();
    await until(async () => (await rig.left()) < left);
    await sleep(random() * 100);
    sleeper.kill('SIGSTOP');
    if ((await rig.left()) > 0) interrupted += 1;
    // All of it is done only by a process that was given the partitions of the one that sleeps.
    if (random() < 0.5) await until(async () => (await rig.left()) === 0);
    else await sleep((1 + random()) * SHORT_SESSION_MS);
    sleeper.kill('SIGCONT');
  }
  const aftermath = await finish(rig, one, other);
  aborted += aftermath.aborted;
  context.diagnostic(`seed ${SEED}, ${sleeps} sleeps, ${interrupted} with work left: ${summaryOf(aftermath)}`);
  assert.deepEqual([aftermath.lost, aftermath.doubled], [[], []]);
  assert.ok(interrupted > 0, 'nobody slept in the middle of its work');
});

test('some of those kills and sleeps met a transaction that had records already', () => {
  assert.ok(aborted > 0);
});
