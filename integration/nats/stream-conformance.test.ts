import { after, before, describe, test } from 'node:test';
import { conformance } from '../../src/trigger/conformance/index.ts';
import { NatsServer } from '../brokers/nats.ts';
import { StreamRig } from './stream-rig.ts';

let server: NatsServer;
before(async () => {
  server = await NatsServer.start({ config: () => 'max_payload: 8MB' });
});
after(() => server[Symbol.asyncDispose]());

// Most of the time is spent waiting for the server's ack_wait: that can be done side by side.
describe('nats stream', { concurrency: 4 }, () =>
  conformance(test, {
    name: 'nats stream',
    cannot: { 'choose-key': 'a message of NATS has no key' },
    setUp: () => StreamRig.setUp(server),
  }),
);
