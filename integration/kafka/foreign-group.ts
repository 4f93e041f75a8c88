import { Kafka, logLevel, PartitionAssigners } from 'kafkajs';

/** A group whose one member shares out the partitions of `topic` in a way that nobody else knows. It is called like the topic. */
export async function foreignGroup(bootstrap: string, topic: string): Promise<AsyncDisposable> {
  const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).consumer({
    groupId: topic,
    partitionAssigners: [
      (config) => {
        const assigner = PartitionAssigners.roundRobin(config);
        return { ...assigner, name: 'Foreign', protocol: (own) => ({ ...assigner.protocol(own), name: 'Foreign' }) };
      },
    ],
  });
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ eachBatch: () => Promise.resolve() });
  await joined;
  return { [Symbol.asyncDispose]: () => consumer.disconnect() };
}
