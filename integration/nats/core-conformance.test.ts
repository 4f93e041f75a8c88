import { after, before, test } from 'node:test';
import { conformance } from '../../src/trigger/conformance/index.ts';
import { NatsServer } from '../brokers/nats.ts';
import { CoreRig } from './core-rig.ts';

let server: NatsServer;
before(async () => {
  server = await NatsServer.start({ jetstream: false, config: () => 'max_payload: 8MB' });
});
after(() => server[Symbol.asyncDispose]());

conformance(test, {
  name: 'nats core',
  cannot: { 'choose-key': 'a message of NATS has no key' },
  setUp: () => CoreRig.setUp(server),
});
