import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { adapter } from '../../triggers/nats/index.ts';
import type { BrokerRun } from './broker-runtime.ts';

/** Makes a stream with so many messages of so many bytes. */
export async function fillStream(address: string, stream: string, count: number, bytes: number): Promise<void> {
  const nc = await connect({ servers: address });
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: stream, subjects: [stream] });
  const data = new Uint8Array(bytes).fill(7);
  for (let sent = 1; sent <= count; sent += 1) {
    if (sent % 1000 === 0 || sent === count) await nc.request(stream, data, { timeout: 10_000 });
    else nc.publish(stream, data);
  }
  await nc.close();
}

let durables = 0;

/** A trigger on it, with a durable of its own. */
export function jetStreamSource(
  address: string,
  stream: string,
): Pick<BrokerRun, 'adapter' | 'connection' | 'trigger'> {
  const trigger = `stream = "${stream}"\ndurable = "sluice${(durables += 1)}"`;
  return { adapter, connection: `servers = "${address}"`, trigger };
}
