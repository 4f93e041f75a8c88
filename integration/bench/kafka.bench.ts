import { beside } from './beside.ts';
import { handleFromBroker } from './broker-runtime.ts';
import { type Bench, type Figure, figure } from './figure.ts';
import { benchKafka, filledTopic, kafkaSource } from './kafka-source.ts';
import { eachBatchLoop, streamLoop } from './plain-kafka.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';

const sizes = [
  { name: '100B', bytes: 100, usual: 100_000, ratio: 0.8, rate: 100_000 },
  { name: '1KiB', bytes: 1024, usual: 50_000, ratio: 0.9, rate: 60_000 },
] as const;

export const kafka: Bench = {
  name: 'kafka',
  about:
    'Kafka records handled and committed; beside an eachBatch loop of kafkajs that commits or not, and that beside the other client',
  async run() {
    await using server = await benchKafka();
    const { bootstrap } = server;
    const figures: Record<string, Figure> = {};
    for (const { name, bytes, usual, ratio, rate } of sizes) {
      const count = events(usual);
      const topic = await filledTopic(server, count, bytes);
      const run = { bootstrap, topic, count };
      const sluice = (order: 'key' | 'partition') =>
        handleFromBroker({ ...kafkaSource(bootstrap, topic, order), count });
      const rounds = await inTurn(`kafka ${name}`, {
        plain: () => eachBatchLoop(run),
        key: () => sluice('key'),
        partition: () => sluice('partition'),
        unconfirmed: () => eachBatchLoop(run, { commits: false }),
        other: () => streamLoop(run),
      });
      for (const order of ['key', 'partition'] as const) {
        const ofOrder = rounds.map(({ plain, unconfirmed, [order]: sluice }) => ({ plain, sluice, unconfirmed }));
        Object.assign(figures, beside(`kafka.${name}.${order}`, ofOrder, { ratio, rate }));
      }
      figures[`kafka.${name}.other-client`] = figure(
        rounds.map(({ plain, other }) => plain.ms / other.ms),
        { unit: 'of kafkajs', better: 'higher' },
      );
    }
    return figures;
  },
};
