import { test } from 'node:test';
import { conformance } from '../../src/trigger/conformance/index.ts';
import { QueueRig } from './testing/queue-rig.ts';

conformance(test, { name: 'queue', quietMs: 20, setUp: async () => new QueueRig() });
