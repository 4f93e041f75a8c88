import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KafkaServer } from '../brokers/kafka.ts';
import { accept, take } from '../deliveries.ts';
import { until } from '../until.ts';
import { Stage } from './stage.ts';

const PARTITIONS = 1000;

test(`a member that is assigned ${PARTITIONS} partitions reads each of them, and commits all`, async (context) => {
  await using server = await KafkaServer.start();
  await using stage = await Stage.set(server);
  const topic = await server.freshTopic({ partitions: PARTITIONS });
  const value = Buffer.from('x'.repeat(100));
  await stage.peer.write(
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, key: null, value, headers: [] })),
  );
  const rssBefore = process.memoryUsage.rss();
  const openedAt = performance.now();
  const trigger = await stage.trigger({ topic, session_timeout: '10s', heartbeat: '1s', commit_every: '100ms' });
  const openMs = performance.now() - openedAt;
  const deliveries = await take(trigger, PARTITIONS, 60_000);
  const allMs = performance.now() - openedAt;
  assert.equal(new Set(deliveries.map(({ event }) => event.id)).size, PARTITIONS);
  await accept(trigger, ...deliveries);
  await until(async () => {
    const committed = await stage.peer.client.committed(topic, [topic]);
    return committed.filter(({ offset }) => offset === 1).length === PARTITIONS;
  });
  // One more record is found among so many that have none.
  const laterAt = performance.now();
  await stage.store(topic, ['later'], PARTITIONS - 1);
  await accept(trigger, ...(await take(trigger, 1)));
  const laterMs = performance.now() - laterAt;
  const grown = (process.memoryUsage.rss() - rssBefore) / 2 ** 20;
  context.diagnostic(
    `open in ${openMs.toFixed()} ms, all read in ${allMs.toFixed()} ms, one more in ${laterMs.toFixed()} ms, ${grown.toFixed()} MiB more`,
  );
});
