import { after, before, describe, test } from 'node:test';
import { conformance } from '../../src/trigger/conformance/index.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { KafkaRig } from './kafka-rig.ts';

const subjects = [
  { name: 'kafka', options: {} },
  { name: 'kafka exactly once', options: { exactly_once: true } },
];

// Each has a broker of its own, since a crash cuts every connection to it.
describe('kafka', { concurrency: subjects.length }, () => {
  for (const { name, options } of subjects) {
    describe(name, { concurrency: 1 }, () => {
      let server: KafkaServer;
      before(async () => {
        server = await KafkaServer.start({ listeners: ['proxied'] });
      });
      after(() => server[Symbol.asyncDispose]());
      conformance(test, { name, setUp: () => KafkaRig.setUp(server, options) });
    });
  }
});
