import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NatsServer } from '../brokers/nats.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { SluiceProcess } from '../sluice-process.ts';
import { brokerManifest, type BrokerRun } from './broker-runtime.ts';
import { buildPackage } from './build-package.ts';
import { type Bench, figure } from './figure.ts';
import { fillStream, jetStreamSource } from './jetstream-source.ts';
import { benchKafka, filledTopic, kafkaSource } from './kafka-source.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const EVENT_BYTES = 100;
const LOOK_EVERY_MS = 10;
const goal = { goal: 150, unit: 'MB', better: 'lower' } as const;

export const loadMemory: Bench = {
  name: 'load-memory',
  about: 'the most resident memory of a `sluice up` while it handles what waits in JetStream, and in Kafka',
  async run() {
    buildPackage();
    await using nats = await NatsServer.start();
    await using kafka = await benchKafka();
    const count = events(100_000);
    await fillStream(nats.address, 'bench', count, EVENT_BYTES);
    const topic = await filledTopic(kafka, count, EVENT_BYTES);
    const rounds = await inTurn('load-memory', {
      jetstream: () => peakMegabytes(jetStreamSource(nats.address, 'bench'), count),
      kafka: () => peakMegabytes(kafkaSource(kafka.bootstrap, topic, 'key'), count),
    });
    return {
      'load-memory.jetstream': figure(
        rounds.map((round) => round.jetstream),
        goal,
      ),
      'load-memory.kafka': figure(
        rounds.map((round) => round.kafka),
        goal,
      ),
    };
  },
};

/** Of a process that handles all there is; NaN where the system doesn't say: on anything but Linux. */
async function peakMegabytes(
  source: Pick<BrokerRun, 'adapter' | 'connection' | 'trigger'>,
  count: number,
): Promise<number> {
  using folder = new TemporaryFolder();
  writeFileSync(
    folder.in('sluice.toml'),
    `server.listen = "off"\n${brokerManifest(source, await buildGuest('accepts'))}`,
  );
  await using running = new SluiceProcess(['up', '--until-idle', '1s'], { cwd: folder.path, entry: 'built' });
  let hasEnded = false;
  const ended = running.ended().finally(() => (hasEnded = true));
  let peak = Number.NaN;
  for (; !hasEnded; await sleep(LOOK_EVERY_MS)) peak = peakOf(running.pid) ?? peak;
  const { code, stderr } = await ended;
  const [, handled] = /(\d+) handled/.exec(stderr) ?? [];
  if (code !== 0 || Number(handled) < count) throw new Error(`it ended with ${code}:\n${stderr}`);
  return peak / 1e6;
}

/** In bytes. */
function peakOf(pid: number): number | undefined {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
