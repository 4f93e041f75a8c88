import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrapCause } from '../../outcome.ts';
import { type EndedCall, type Ending, OutcomeWriter, readEndedCalls } from './outcome-batch.ts';

function endedCalls(packed: ArrayBuffer | SharedArrayBuffer): EndedCall[] {
  const calls: EndedCall[] = [];
  readEndedCalls(packed, (number, outcome, startedMs, durationMs, cold) => {
    calls.push({ number, outcome, startedMs, durationMs, cold });
  });
  return calls;
}

function received(calls: readonly EndedCall[], writer = new OutcomeWriter(new ArrayBuffer(0))): EndedCall[] {
  for (const call of calls) assert.equal(writer.add(call), true);
  assert.equal(writer.count, calls.length);
  return endedCalls(structuredClone(writer.take()));
}

function ended(outcome: Ending, number = 1): EndedCall {
  return { number, outcome, startedMs: 1234.5678, durationMs: 0.0123, cold: number % 2 === 0 };
}

const causes: readonly TrapCause[] = [
  'trap',
  'memory',
  'malformed',
  'denied',
  'output-too-large',
  'exit',
  'instantiation',
];
const outcomes: Readonly<Record<string, Ending>> = {
  'an answer without messages': { kind: 'completed', messages: [] },
  'messages with everything, and with nothing': {
    kind: 'completed',
    messages: [
      {
        to: 'out',
        key: Uint8Array.of(0, 255),
        contentType: 'text/plain; charset=ü',
        headers: [
          ['A', '1'],
          ['A', ''],
        ],
        data: Uint8Array.of(1, 2, 3),
      },
      { to: '', headers: [], data: new Uint8Array() },
      { to: 'o', key: new Uint8Array(), contentType: '', headers: [], data: new Uint8Array(200_000).fill(9) },
    ],
  },
  'a failure': { kind: 'failed', reason: 'ü' },
  'a failure with a delay': { kind: 'failed', reason: '', afterMs: 0 },
  'a failure with the longest delay': { kind: 'failed', reason: 'later', afterMs: 2 ** 32 - 1 },
  'a rejection': { kind: 'rejected', reason: '\u{1f600}'.repeat(10_000) },
  'a timeout': { kind: 'timed-out', reason: 'too long', afterMs: 5001 },
};
for (const [what, outcome] of Object.entries(outcomes)) {
  test(`OutcomeWriter carries ${what}`, () => {
    assert.deepEqual(received([ended(outcome)]), [ended(outcome)]);
  });
}

test('OutcomeWriter carries every cause of a trap', () => {
  const calls = causes.map((cause, n) => ended({ kind: 'trapped', cause, reason: `it was ${cause}` }, n + 1));
  assert.deepEqual(received(calls), calls);
});

test('OutcomeWriter carries many outcomes, again and again', () => {
  const writer = new OutcomeWriter(new ArrayBuffer(0));
  for (const count of [0, 30, 3]) {
    const calls = Array.from({ length: count }, (_, n) =>
      ended(outcomes['messages with everything, and with nothing']!, n),
    );
    assert.deepEqual(received(calls, writer), calls);
  }
});

test('OutcomeWriter leaves in shared memory what was not taken', () => {
  const memory = OutcomeWriter.sharedMemory();
  const writer = new OutcomeWriter(memory);
  const [first, ...others] = causes.map((cause, n) => ended({ kind: 'trapped', cause, reason: 'ü' }, n + 1));
  writer.add(first!);
  writer.take();
  assert.deepEqual(endedCalls(memory), []);
  for (const each of others) writer.add(each);
  assert.deepEqual(endedCalls(memory), others);
});

test('OutcomeWriter refuses what shared memory has no room for, and keeps what it has', () => {
  const memory = OutcomeWriter.sharedMemory();
  const writer = new OutcomeWriter(memory);
  const small = ended({ kind: 'failed', reason: 'later' }, 1);
  const large = ended({ kind: 'failed', reason: 'x'.repeat(memory.byteLength) }, 2);
  assert.deepEqual([writer.add(small), writer.add(large), writer.add(small)], [true, false, true]);
  assert.deepEqual(endedCalls(memory), [small, small]);
});
