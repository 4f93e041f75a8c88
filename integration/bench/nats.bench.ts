import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { jetstream as jetStreamOf, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { NatsServer } from '../brokers/nats.ts';
import { adapter } from '../../triggers/nats/index.ts';
import { handleFromBroker } from './broker-runtime.ts';
import { type Bench, type Figure, figure } from './figure.ts';
import { plainWork } from './plain-work.ts';
import { inTurn, type Pair } from './rounds.ts';

const CORE_MESSAGES = 200_000;
const STREAM_MESSAGES = 100_000;
/** Messages that the plain consumer asks for at once: as many as the runtime's window. */
const WINDOW = 4096;

function flood(address: string, subject: string, count: number, bytes: number): void {
  spawn(
    process.execPath,
    [join(import.meta.dirname, 'nats-flood.ts'), address, subject, String(count), String(bytes)],
    {
      stdio: 'inherit',
    },
  );
}

function figures(
  name: string,
  count: number,
  pairs: readonly Pair[],
  goal: number,
  rateGoal: number,
): Record<string, Figure> {
  return {
    [name]: figure(
      pairs.map(({ a, b }) => a / b),
      { goal, unit: 'of plain', better: 'higher' },
    ),
    [`${name}.rate`]: figure(
      pairs.map(({ b }) => count / (b / 1000)),
      { goal: rateGoal, unit: 'events/s', better: 'higher' },
    ),
  };
}

export const natsCore: Bench = {
  name: 'nats',
  about: 'core NATS messages handled; beside a subscription with a callback',
  async run() {
    await using server = await NatsServer.start({ jetstream: false });
    const { address } = server;
    const compare = (bytes: number): Promise<readonly Pair[]> =>
      inTurn(
        () => plainCore(address, bytes),
        () =>
          handleFromBroker({
            adapter,
            connection: `servers = "${address}"`,
            trigger: `subject = "bench"\nbuffer = ${CORE_MESSAGES}\nbuffer_bytes = "1GiB"`,
            count: CORE_MESSAGES,
            begin: () => flood(address, 'bench', CORE_MESSAGES, bytes),
          }),
      );
    return {
      ...figures('nats.100B', CORE_MESSAGES, await compare(100), 0.55, 500_000),
      ...figures('nats.1KiB', CORE_MESSAGES, await compare(1024), 1, 300_000),
    };
  },
};

/** Milliseconds from the first message to the last. */
async function plainCore(address: string, bytes: number): Promise<number> {
  const nc = await connect({ servers: address });
  const last = Promise.withResolvers<number>();
  let start = 0;
  let seen = 0;
  nc.subscribe('bench', {
    callback: (_error, { data }) => {
      if (start === 0) start = performance.now();
      plainWork(data);
      seen += 1;
      if (seen === CORE_MESSAGES) last.resolve(performance.now() - start);
    },
  });
  await nc.flush();
  flood(address, 'bench', CORE_MESSAGES, bytes);
  const took = await last.promise;
  await nc.close();
  return took;
}

export const jetstream: Bench = {
  name: 'jetstream',
  about: 'JetStream messages handled and acknowledged with confirmation; beside consume with a callback and ack()',
  async run() {
    await using server = await NatsServer.start();
    const { address } = server;
    const compare = async (bytes: number): Promise<readonly Pair[]> => {
      const stream = `bench${bytes}`;
      await fill(address, stream, bytes);
      return inTurn(
        () => plainStream(address, stream),
        () => streamOnce(address, stream),
      );
    };
    return {
      ...figures('jetstream.100B', STREAM_MESSAGES, await compare(100), 0.9, 150_000),
      ...figures('jetstream.1KiB', STREAM_MESSAGES, await compare(1024), 0.9, 100_000),
    };
  },
};

async function fill(address: string, stream: string, bytes: number): Promise<void> {
  const nc = await connect({ servers: address });
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: stream, subjects: [stream] });
  const data = new Uint8Array(bytes).fill(7);
  for (let sent = 1; sent <= STREAM_MESSAGES; sent += 1) {
    if (sent % 1000 === 0) await nc.request(stream, data, { timeout: 10_000 });
    else nc.publish(stream, data);
  }
  await nc.close();
}

let durables = 0;

async function plainStream(address: string, stream: string): Promise<number> {
  const nc = await connect({ servers: address });
  const jsm = await jetstreamManager(nc);
  const durable = `plain${(durables += 1)}`;
  await jsm.consumers.add(stream, { durable_name: durable, ack_policy: 'explicit', max_ack_pending: 2 * WINDOW });
  const consumer = await jetStreamOf(nc).consumers.get(stream, durable);
  const last = Promise.withResolvers<number>();
  let start = 0;
  let seen = 0;
  await consumer.consume({
    max_messages: WINDOW,
    callback: (message) => {
      if (start === 0) start = performance.now();
      plainWork(message.data);
      message.ack();
      seen += 1;
      if (seen === STREAM_MESSAGES) last.resolve(performance.now() - start);
    },
  });
  const took = await last.promise;
  await jsm.consumers.delete(stream, durable);
  await nc.close();
  return took;
}

async function streamOnce(address: string, stream: string): Promise<number> {
  const durable = `sluice${(durables += 1)}`;
  const trigger = `stream = "${stream}"\ndurable = "${durable}"`;
  return handleFromBroker({ adapter, connection: `servers = "${address}"`, trigger, count: STREAM_MESSAGES });
}
