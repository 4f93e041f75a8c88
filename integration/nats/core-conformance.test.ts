import { test } from 'node:test';
import { conformance } from '../../src/trigger/conformance/index.ts';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { CoreRig } from './core-rig.ts';

const server = await forFile(NatsServer.start({ jetstream: false, config: () => 'max_payload: 8MB' }));

conformance(test, {
  name: 'nats core',
  cannot: {
    'choose-key': 'a message of NATS has no key',
    silence: 'core NATS confirms nothing: no settlement waits',
  },
  setUp: () => CoreRig.setUp(server),
});
