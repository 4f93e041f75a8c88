import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalModule, requestDefinition } from './internals.ts';

test('a kafkajs that is built otherwise is refused before anything is replaced', () => {
  assert.throws(() => internalModule('src/protocol/gone.js'), { code: 'SLU3401' });
  assert.throws(() => requestDefinition('Fetch', 1, 12), { code: 'SLU3401' });
  assert.throws(() => requestDefinition('Produce', 1, 7), { code: 'SLU3401' });
});
