import { adapter } from '../../triggers/kafka/index.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { KafkaPeer } from '../kafka/kafka-peer.ts';
import { handleFromBroker } from './broker-runtime.ts';
import { type Bench, type Figure, figure } from './figure.ts';
import { eachBatchLoop, FETCH_BYTES, PARTITION_FETCH_BYTES, streamLoop } from './plain-kafka.ts';
import { inTurn, type Pair } from './rounds.ts';

const PARTITIONS = 8;
const KEYS = 1000;
const WRITTEN_AT_ONCE = 800;

const sizes = [
  { name: '100B', bytes: 100, count: 100_000, goal: 0.8, rate: 100_000 },
  { name: '1KiB', bytes: 1024, count: 50_000, goal: 0.9, rate: 60_000 },
] as const;

export const kafka: Bench = {
  name: 'kafka',
  about: 'Kafka records handled and committed; beside an eachBatch loop of kafkajs, and that beside the other client',
  async run() {
    await using server = await KafkaServer.start({ jvmFlags: ['-Xmx1g'] });
    const { bootstrap } = server;
    const figures: Record<string, Figure> = {};
    for (const { name, bytes, count, goal, rate } of sizes) {
      const topic = await server.freshTopic({ partitions: PARTITIONS });
      await fill(bootstrap, topic, count, bytes);
      const run = { bootstrap, topic, count };
      for (const order of ['key', 'partition']) {
        const pairs = await inTurn(
          () => eachBatchLoop(run),
          () => handleFromBroker({ adapter, ...keysOf(bootstrap, topic, order), count }),
        );
        figures[`kafka.${name}.${order}`] = figure(pairs.map(ratio), { goal, unit: 'of plain', better: 'higher' });
        figures[`kafka.${name}.${order}.rate`] = figure(
          pairs.map(({ b }) => count / (b / 1000)),
          { goal: rate, unit: 'events/s', better: 'higher' },
        );
      }
      const clients = await inTurn(
        () => eachBatchLoop(run),
        () => streamLoop(run),
      );
      figures[`kafka.${name}.other-client`] = figure(clients.map(ratio), {
        goal: 1,
        unit: 'of kafkajs',
        better: 'higher',
      });
    }
    return figures;
  },
};

function ratio({ a, b }: Pair): number {
  return a / b;
}

let groups = 0;

function keysOf(bootstrap: string, topic: string, order: string): { connection: string; trigger: string } {
  groups += 1;
  const trigger = `topic = "${topic}"
group = "bench-${process.pid}-${groups}"
order = "${order}"
window = 4096
fetch_bytes = "${FETCH_BYTES}B"
partition_fetch_bytes = "${PARTITION_FETCH_BYTES}B"`;
  return { connection: `brokers = "${bootstrap}"`, trigger };
}

async function fill(bootstrap: string, topic: string, count: number, bytes: number): Promise<void> {
  await using peer = await KafkaPeer.connect(bootstrap);
  const value = new Uint8Array(bytes).fill(7);
  const record = (n: number) => ({
    topic,
    partition: (n % KEYS) % PARTITIONS,
    key: Buffer.from(`key-${n % KEYS}`),
    value,
    headers: [],
  });
  for (let from = 0; from < count; from += WRITTEN_AT_ONCE) {
    const length = Math.min(WRITTEN_AT_ONCE, count - from);
    await peer.write(Array.from({ length }, (_, n) => record(from + n)));
  }
}
