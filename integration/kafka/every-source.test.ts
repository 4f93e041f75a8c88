import { describe } from 'node:test';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { everySource, LAPSE_MS, type SourceSite } from '../semantics/every-source.ts';
import { Stage } from './stage.ts';

// Compiling holds up the process, and with it what is running already.
for (const guest of ['accepts', 'choose']) await buildGuest(guest);
const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

/** A topic of one partition, and topics `NAME-out` and `NAME-dead`, which are not there at first. */
async function newSite(keys: string): Promise<SourceSite> {
  const name = await server.freshTopic();
  return {
    name,
    connection: `[connection.main]\ntype = "kafka"\nbrokers = "${server.bootstrap}"`,
    trigger: `[[trigger.kafka]]
connection = "main"
topic = "${name}"
group = "${name}"
session_timeout = "${LAPSE_MS}ms"
heartbeat = "200ms"
commit_every = "20ms"
${keys}`,
    out: `topic = "${name}-out"`,
    dead: `topic = "${name}-dead"`,
    publish: (...texts) => stage.store(name, texts),
    makeOut: () => server.makeTopic(`${name}-out`),
    makeDead: () => server.makeTopic(`${name}-dead`),
    outputs: async () => (await stage.peer.read(`${name}-out`)).map(({ data }) => Buffer.from(data).toString()),
    letters: async () =>
      (await stage.peer.read(`${name}-dead`)).map(({ data, headers }) => ({
        text: Buffer.from(data).toString(),
        attempt: headers.find(([header]) => header === 'sluice-dead-attempt')?.[1],
      })),
    settled: async () => (await stage.committed(name)) ?? 0,
  };
}

describe('Kafka as a source', { concurrency: 4 }, () => everySource('Kafka', () => newSite('')));
describe('Kafka as a source, exactly once', { concurrency: 4 }, () =>
  everySource('Kafka exactly once', () => newSite('exactly_once = true')),
);
