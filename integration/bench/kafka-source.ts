import { adapter } from '../../triggers/kafka/index.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { KafkaPeer } from '../kafka/kafka-peer.ts';
import type { BrokerRun } from './broker-runtime.ts';
import { FETCH_BYTES, PARTITION_FETCH_BYTES } from './plain-kafka.ts';

const PARTITIONS = 8;
const KEYS = 1000;
const WRITTEN_AT_ONCE = 800;

/** A broker with an optimizing compiler and room. */
export function benchKafka(): Promise<KafkaServer> {
  return KafkaServer.start({ jvmFlags: ['-Xmx1g'] });
}

/** A topic with so many records of so many bytes. */
export async function filledTopic(server: KafkaServer, count: number, bytes: number): Promise<string> {
  const topic = await server.freshTopic({ partitions: PARTITIONS });
  await using peer = await KafkaPeer.connect(server.bootstrap);
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
  return topic;
}

let groups = 0;

/** A trigger on it, in a group of its own. */
export function kafkaSource(
  bootstrap: string,
  topic: string,
  order: 'key' | 'partition',
): Pick<BrokerRun, 'adapter' | 'connection' | 'trigger'> {
  groups += 1;
  const trigger = `topic = "${topic}"
group = "bench-${process.pid}-${groups}"
order = "${order}"
window = 4096
fetch_bytes = "${FETCH_BYTES}B"
partition_fetch_bytes = "${PARTITION_FETCH_BYTES}B"`;
  return { adapter, connection: `brokers = "${bootstrap}"`, trigger };
}
