import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PartitionMetadata } from 'kafkajs';
import { KafkaCluster } from '../brokers/kafka-cluster.ts';
import { forFile } from '../for-file.ts';
import { seededRandom } from '../seeded-random.ts';
import { until } from '../until.ts';
import { KillRig, summaryOf } from './kill-rig.ts';
import { finish } from './kill-runs.ts';
import { Stage } from './stage.ts';

const { SLUICE_LONG, SLUICE_SEED } = process.env;
const KILLS = SLUICE_LONG ? 10 : 1;
const SEED = Number(SLUICE_SEED || 1);
const EVENTS = 300;
/** Within it leaders are elected, and a trigger that lost its place has it again: nodes die so often here that its pauses grow to 30 s. */
const PATIENCE_MS = 150_000;
/** Events are under way for about so long. */
const WORK_MS = 300;

const cluster = await forFile(KafkaCluster.start());
const [first, ...others] = cluster.nodes;
const stage = await forFile(Stage.set(first!));

/** Every partition is whole again on every node, and led by the one that should: the next node may die. */
async function isWhole(): Promise<boolean> {
  const { topics } = await stage.admin.fetchTopicMetadata().catch(() => ({ topics: [] })); // it may be electing
  const all = topics.flatMap(({ partitions }) => partitions);
  const isFine = ({ isr, replicas, leader }: PartitionMetadata): boolean =>
    isr.length === cluster.nodes.length && leader === replicas[0];
  return all.length > 0 && all.every(isFine);
}

for (const exactlyOnce of [false, true]) {
  const claim = exactlyOnce ? 'exactly once, each event is there once' : 'nothing is lost';
  test(`${claim} when leaders of partitions, groups and transactions die under load, ${KILLS} of them, and lead again (SLUICE_SEED=${SEED})`, async (context) => {
    const random = seededRandom(SEED);
    using rig = await KillRig.setUp(stage, seededRandom(SEED + 1), { exactlyOnce });
    await using sluice = rig.start();
    await sluice.says(/ready in/);
    let interrupted = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      await rig.publish(EVENTS);
      await sleep(random() * WORK_MS);
      const node = others[Math.floor(random() * others.length)]!;
      await node.kill();
      if ((await rig.left()) > 0) interrupted += 1;
      await until(async () => (await rig.left()) === 0, PATIENCE_MS);
      await node.restart();
      await until(isWhole, PATIENCE_MS);
    }
    const aftermath = await finish(rig, sluice);
    context.diagnostic(`seed ${SEED}, ${KILLS} kills, ${interrupted} with work left: ${summaryOf(aftermath)}`);
    assert.deepEqual([aftermath.lost, exactlyOnce ? aftermath.doubled : []], [[], []]);
  });
}
