import { after, before, describe, test } from 'node:test';
import { conformance } from '../../src/trigger/conformance/index.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { KafkaRig } from './kafka-rig.ts';

let server: KafkaServer;
before(async () => {
  server = await KafkaServer.start({ listeners: ['proxied'] });
});
after(() => server[Symbol.asyncDispose]());

describe('kafka', () => conformance(test, { name: 'kafka', setUp: () => KafkaRig.setUp(server) }));
