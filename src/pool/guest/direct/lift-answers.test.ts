import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputTooLarge } from '../../../component/glue/glue-boundary.ts';
import { GuestMemory } from './guest-memory.ts';
import { AnswerLifter } from './lift-answers.ts';

const MIB = 2 ** 20;
const [LIST, ANSWERS, MESSAGE, DATA] = [8, 64, 32_768, 65_536];
const ANSWER_BYTES = 24;

/** A guest that answers so many events, each with one message of the same `bytes` bytes. */
function answering(events: number, bytes: number): GuestMemory {
  const memory = new WebAssembly.Memory({ initial: 1 + Math.ceil(bytes / 65_536) });
  const view = new DataView(memory.buffer);
  view.setUint32(LIST, ANSWERS, true);
  view.setUint32(LIST + 4, events, true);
  for (let n = 0; n < events; n++) {
    view.setUint32(ANSWERS + n * ANSWER_BYTES + 4, MESSAGE, true);
    view.setUint32(ANSWERS + n * ANSWER_BYTES + 8, 1, true);
  }
  view.setUint32(MESSAGE + 40, DATA, true);
  view.setUint32(MESSAGE + 44, bytes, true);
  return new GuestMemory(memory, () => 0);
}

test('AnswerLifter reads answers for many events as long as they are not too large together', () => {
  const [events, mostBytes] = [40, 8 * MIB];
  const small = new AnswerLifter(answering(events, MIB), mostBytes).many(LIST, events);
  assert.deepEqual(new Set(small.map(({ kind }) => kind)), new Set(['completed']));
  assert.throws(() => new AnswerLifter(answering(events, 7 * MIB), mostBytes).many(LIST, events), OutputTooLarge);
  // Each too large by itself: that is an answer too, and holds nothing.
  const each = new AnswerLifter(answering(5, 9 * MIB), mostBytes).many(LIST, 5);
  assert.deepEqual(
    each.map((answer) => answer.kind === 'trapped' && answer.cause),
    Array.from({ length: 5 }, () => 'output-too-large'),
  );
});
