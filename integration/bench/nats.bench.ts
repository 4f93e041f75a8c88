import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { NatsServer } from '../brokers/nats.ts';
import { adapter } from '../../triggers/nats/index.ts';
import { beside } from './beside.ts';
import { handleFromBroker } from './broker-runtime.ts';
import type { Bench, Figures } from './figure.ts';
import { fillStream, jetStreamSource } from './jetstream-source.ts';
import { consumeLoop } from './plain-jetstream.ts';
import { plainWork } from './plain-work.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';
import { type Run, Stopwatch } from './stopwatch.ts';

export const natsCore: Bench = {
  name: 'nats',
  about: 'core NATS messages handled; beside a subscription with a callback',
  async run() {
    await using server = await NatsServer.start({ jetstream: false });
    const { address } = server;
    const count = events(200_000);
    const compare = async (size: string, bytes: number, goal: { ratio: number; rate: number }): Promise<Figures> => {
      const begin = (): void => flood(address, count, bytes);
      const trigger = `subject = "bench"\nbuffer = ${count}\nbuffer_bytes = "1GiB"`;
      const rounds = await inTurn(`nats ${size}`, {
        plain: () => subscription(address, count, begin),
        sluice: () => handleFromBroker({ adapter, connection: `servers = "${address}"`, trigger, count, begin }),
      });
      return beside(`nats.${size}`, rounds, goal);
    };
    return {
      ...(await compare('100B', 100, { ratio: 0.55, rate: 500_000 })),
      ...(await compare('1KiB', 1024, { ratio: 1, rate: 300_000 })),
    };
  },
};

function flood(address: string, count: number, bytes: number): void {
  const args = [join(import.meta.dirname, 'nats-flood.ts'), address, 'bench', String(count), String(bytes)];
  spawn(process.execPath, args, { stdio: 'inherit' });
}

/** The loop that people write with the client. */
async function subscription(address: string, count: number, begin: () => void): Promise<Run> {
  const nc = await connect({ servers: address });
  const stopwatch = new Stopwatch(count);
  nc.subscribe('bench', {
    callback: (_error, { data }) => {
      stopwatch.begin();
      plainWork(data);
      stopwatch.counted(1);
    },
  });
  await nc.flush();
  begin();
  const run = await stopwatch.ended;
  await nc.close();
  return run;
}

export const jetstream: Bench = {
  name: 'jetstream',
  about:
    'JetStream messages handled and acknowledged with confirmation; beside consume with a callback, acknowledged likewise, and unconfirmed',
  async run() {
    await using server = await NatsServer.start();
    const { address } = server;
    const count = events(100_000);
    const compare = async (size: string, bytes: number, rate: number): Promise<Figures> => {
      const stream = `bench${bytes}`;
      await fillStream(address, stream, count, bytes);
      const plain = { address, stream, count };
      const rounds = await inTurn(`jetstream ${size}`, {
        plain: () => consumeLoop(plain),
        sluice: () => handleFromBroker({ ...jetStreamSource(address, stream), count }),
        unconfirmed: () => consumeLoop(plain, { confirmed: false }),
      });
      return beside(`jetstream.${size}`, rounds, { ratio: 0.9, rate });
    };
    return { ...(await compare('100B', 100, 150_000)), ...(await compare('1KiB', 1024, 100_000)) };
  },
};
