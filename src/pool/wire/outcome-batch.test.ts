import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrapCause } from '../../outcome.ts';
import { type EndedCall, endedCalls, type Ending, OutcomePacker } from './outcome-batch.ts';

function received(calls: readonly EndedCall[], packer = new OutcomePacker()): EndedCall[] {
  return [...endedCalls(structuredClone(packer.pack(calls)))];
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
  test(`OutcomePacker carries ${what}`, () => {
    assert.deepEqual(received([ended(outcome)]), [ended(outcome)]);
  });
}

test('OutcomePacker carries every cause of a trap', () => {
  const calls = causes.map((cause, n) => ended({ kind: 'trapped', cause, reason: `it was ${cause}` }, n + 1));
  assert.deepEqual(received(calls), calls);
});

test('OutcomePacker carries many outcomes, again and again', () => {
  const packer = new OutcomePacker();
  for (const count of [0, 300, 3]) {
    const calls = Array.from({ length: count }, (_, n) =>
      ended(outcomes['messages with everything, and with nothing']!, n),
    );
    assert.deepEqual(received(calls, packer), calls);
  }
});
