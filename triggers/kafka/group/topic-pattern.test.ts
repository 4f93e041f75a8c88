import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '#trigger';
import { adapter } from '../index.ts';
import { topicsThatMatch } from './topic-pattern.ts';
import { outputOptions } from '../options/output-options.ts';
import { triggerOptions } from '../options/trigger-options.ts';

const hostile = `${'a'.repeat(248)}!`;

test('topicsThatMatch finds whole names, in their order', () => {
  assert.deepEqual(topicsThatMatch(/^(?:a|b.*)$/, ['bc', 'ab', 'a']), ['bc', 'a']);
  assert.deepEqual(topicsThatMatch(/^(?:a)$/, []), []);
});

test('topicsThatMatch ends an expression that takes exponential time, and says what to write', () => {
  assert.throws(
    () => topicsThatMatch(/^(?:(a+)+)$/, ['a', hostile]),
    (thrown) => thrown instanceof SluiceError && thrown.code === 'SLU3413' && thrown.message.includes('(a+)+'),
  );
});

test('the search for circles ends at a pattern of exponential time', () => {
  const reads = triggerOptions.parse({ pattern: '(a+)+' });
  const output = outputOptions.parse({ topic: `${'a'.repeat(248)}_` });
  assert.throws(() => adapter.trigger?.reads?.(reads, output, false), { code: 'SLU3413' });
});
