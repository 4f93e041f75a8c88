import { describe, test } from 'node:test';
import { conformance } from '../../src/trigger/conformance/index.ts';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { StreamRig } from './stream-rig.ts';

const server = await forFile(NatsServer.start({ config: () => 'max_payload: 8MB' }));

// Most of the time is spent waiting for the server's ack_wait: that can be done side by side.
describe('nats stream', { concurrency: 4 }, () =>
  conformance(test, {
    name: 'nats stream',
    cannot: { 'choose-key': 'a message of NATS has no key' },
    setUp: () => StreamRig.setUp(server),
  }),
);
