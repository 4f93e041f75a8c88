import { test } from 'node:test';
import { conformance } from '../../src/trigger/conformance/index.ts';
import { QueueRig } from './testing/queue-rig.ts';

conformance(test, {
  name: 'queue',
  cannot: { refuse: 'a queue takes every message' },
  quietMs: 20,
  setUp: async () => new QueueRig(),
});
