import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GuestEvent, MalformedAnswer } from './contract.ts';
import { sluiceEvent, sluiceEventBatch } from './sluice-event.ts';

const noHosts = (): never => assert.fail('it lends nothing to its guest');

const event: GuestEvent = {
  id: '1',
  source: 'test',
  subject: 'orders',
  time: 0n,
  attempt: 1,
  headers: [],
  data: new Uint8Array(),
};

/** What the contract makes of what the generated code returned. */
function answerTo(returned: unknown): unknown {
  const bound = sluiceEvent.bind({ handle: () => returned }, noHosts);
  assert.ok('one' in bound);
  return bound.one(event);
}

/** What the contract makes of what the generated code threw. */
function answerToThrown(thrown: unknown): unknown {
  const handle = (): never => {
    throw thrown;
  };
  const bound = sluiceEvent.bind({ handle }, noHosts);
  assert.ok('one' in bound);
  return bound.one(event);
}

test('sluiceEvent answers with the messages that the guest returned', () => {
  const message = {
    to: 'out',
    key: undefined,
    contentType: 'text/plain',
    headers: [['a', '1']],
    data: Uint8Array.of(1),
  };
  assert.deepEqual(answerTo([message]), { kind: 'completed', messages: [message] });
  assert.deepEqual(answerTo([]), { kind: 'completed', messages: [] });
});

test('sluiceEvent answers with the failure that the guest returned', () => {
  assert.deepEqual(answerToThrown({ tag: 'retry', val: { reason: 'later', afterMs: 20 } }), {
    kind: 'failed',
    reason: 'later',
    afterMs: 20,
  });
  assert.deepEqual(answerToThrown({ tag: 'retry', val: { reason: 'later', afterMs: undefined } }), {
    kind: 'failed',
    reason: 'later',
  });
  assert.deepEqual(answerToThrown({ tag: 'reject', val: 'never' }), { kind: 'rejected', reason: 'never' });
});

test('sluiceEvent lifts the same from a component that suspends', async () => {
  assert.deepEqual(await answerTo(Promise.resolve([])), { kind: 'completed', messages: [] });
  // The generated code rejects with the failure itself.
  const refused = Promise.reject({ tag: 'reject', val: 'never' });
  assert.deepEqual(await answerTo(refused), { kind: 'rejected', reason: 'never' });
  await assert.rejects(async () => answerTo(Promise.resolve('no list')), MalformedAnswer);
});

test('sluiceEvent throws a trap on as it is', () => {
  const trap = new WebAssembly.RuntimeError('unreachable');
  assert.throws(() => answerToThrown(trap), trap);
});

const message = { to: 'out', key: undefined, contentType: undefined, headers: [], data: new Uint8Array() };
const malformed: Readonly<Record<string, unknown>> = {
  'no list': 'text',
  nothing: undefined,
  'a message that is none': [null],
  'an output that is no string': [{ ...message, to: 7 }],
  'a key that is no bytes': [{ ...message, key: 'k' }],
  'a content type that is no string': [{ ...message, contentType: 7 }],
  'headers that are no list': [{ ...message, headers: {} }],
  'a header that is no pair': [{ ...message, headers: [['a']] }],
  'a header value that is no string': [{ ...message, headers: [['a', 1]] }],
  'data that are no bytes': [{ ...message, data: [1, 2] }],
};
for (const [what, answer] of Object.entries(malformed)) {
  test(`sluiceEvent refuses ${what} as a malformed answer`, () => {
    assert.throws(() => answerTo(answer), MalformedAnswer);
  });
}

const malformedFailures: Readonly<Record<string, unknown>> = {
  'an unknown case': { tag: 'panic', val: 'x' },
  'a bare failure': undefined,
  'a retry without a reason': { tag: 'retry', val: { afterMs: 1 } },
  'a retry whose delay is no number': { tag: 'retry', val: { reason: 'later', afterMs: 1n } },
  'a rejection without a reason': { tag: 'reject', val: undefined },
};
for (const [what, failure] of Object.entries(malformedFailures)) {
  test(`sluiceEvent refuses ${what} as a malformed answer`, () => {
    assert.throws(() => answerToThrown(failure), MalformedAnswer);
  });
}

test('sluiceEvent takes any 0.1 of its interface and nothing else', () => {
  const exports = ['sluice:event/handlers@0.1.0', 'sluice:event/handler@1.0.0', 'sluice:event/handler@0.1.3'];
  assert.equal(sluiceEvent.entry(exports, []), 'sluice:event/handler@0.1.3');
  assert.equal(sluiceEvent.entry(exports.slice(0, 2), []), undefined);
  assert.equal(sluiceEvent.functionOf('sluice:event/handler@0.1.3'), 'sluice:event/handler@0.1.3#handle');
});

const events: readonly GuestEvent[] = ['1', '2', '3'].map((id) => ({
  id,
  source: 'test',
  subject: 'orders',
  time: 0n,
  attempt: 1,
  headers: [],
  data: new Uint8Array(),
}));

function answersTo(returned: unknown): unknown {
  const bound = sluiceEventBatch.bind({ handleBatch: () => returned }, noHosts);
  assert.ok('many' in bound);
  return bound.many(events);
}

const results = [
  { tag: 'ok', val: [] },
  { tag: 'err', val: { tag: 'reject', val: 'never' } },
  { tag: 'err', val: { tag: 'retry', val: { reason: 'later', afterMs: 5 } } },
];
const answers = [
  { kind: 'completed', messages: [] },
  { kind: 'rejected', reason: 'never' },
  { kind: 'failed', reason: 'later', afterMs: 5 },
];

test('sluiceEventBatch answers each event in order', () => {
  assert.deepEqual(answersTo(results), answers);
});

test('sluiceEventBatch answers the same when the component suspends', async () => {
  assert.deepEqual(await answersTo(Promise.resolve(results)), answers);
});

const malformedBatches: Readonly<Record<string, unknown>> = {
  'no list': undefined,
  'an answer too few': results.slice(1),
  'an answer too many': [...results, ...results],
  'a result that is none': [...results.slice(1), 7],
  'a result of an unknown case': [...results.slice(1), { tag: 'maybe', val: [] }],
};
for (const [what, returned] of Object.entries(malformedBatches)) {
  test(`sluiceEventBatch refuses ${what} as a malformed answer`, () => {
    assert.throws(() => answersTo(returned), MalformedAnswer);
  });
}
