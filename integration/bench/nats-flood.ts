import { connect } from '@nats-io/transport-node';

/** A process of its own that publishes COUNT messages of BYTES bytes to SUBJECT at ADDRESS, as fast as the server takes them. */
const [address = '', subject = '', count = '0', bytes = '0'] = process.argv.slice(2);
const BATCH = 1000;

const nc = await connect({ servers: address });
const data = new Uint8Array(Number(bytes)).fill(7);
for (let sent = 0; sent < Number(count); sent += 1) {
  nc.publish(subject, data);
  if (sent % BATCH === 0) await nc.flush();
}
await nc.drain();
