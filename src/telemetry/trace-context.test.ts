import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '../event.ts';
import { carriesTraceContext, headersOf, traceContextOf } from './trace-context.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';

test('traceContextOf reads traceparent and tracestate whatever the case of their names', () => {
  const headers: Header[] = [
    ['TraceParent', `00-${TRACE_ID}-${SPAN_ID}-01`],
    ['TRACESTATE', 'a=1,b=2'],
  ];
  assert.deepEqual(traceContextOf(headers), {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    sampled: true,
    tracestate: 'a=1,b=2',
  });
});

test('traceContextOf joins several tracestate headers in their order', () => {
  const headers: Header[] = [
    ['tracestate', 'a=1'],
    ['traceparent', `00-${TRACE_ID}-${SPAN_ID}-00`],
    ['tracestate', 'b=2'],
  ];
  const context = traceContextOf(headers);
  assert.equal(context?.tracestate, 'a=1,b=2');
  assert.equal(context?.sampled, false);
});

test('traceContextOf reads a later version by the rules of version 00', () => {
  const context = traceContextOf([['traceparent', `cc-${TRACE_ID}-${SPAN_ID}-03-what-comes-later`]]);
  assert.equal(context?.traceId, TRACE_ID);
  assert.equal(context?.sampled, true);
});

const invalid: Record<string, string> = {
  'an empty value': '',
  'no dashes': `00${TRACE_ID}${SPAN_ID}01`,
  'upper-case digits': `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
  'a short trace id': `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01`,
  'a trace id of zeros': `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
  'a span id of zeros': `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
  'the forbidden version': `ff-${TRACE_ID}-${SPAN_ID}-01`,
  'version 00 with more than it has': `00-${TRACE_ID}-${SPAN_ID}-01-extra`,
  'flags that are no hex': `00-${TRACE_ID}-${SPAN_ID}-0x`,
};
for (const [what, traceparent] of Object.entries(invalid)) {
  test(`traceContextOf ignores a traceparent with ${what}`, () => {
    assert.equal(traceContextOf([['traceparent', traceparent]]), undefined);
  });
}

test('traceContextOf ignores a traceparent that comes twice', () => {
  const one: Header = ['traceparent', `00-${TRACE_ID}-${SPAN_ID}-01`];
  assert.notEqual(traceContextOf([one]), undefined);
  assert.equal(traceContextOf([one, one]), undefined);
});

test('headersOf writes what traceContextOf reads', () => {
  for (const sampled of [true, false]) {
    const context = { traceId: TRACE_ID, spanId: SPAN_ID, sampled, tracestate: 'vendor=x' };
    assert.deepEqual(traceContextOf(headersOf(context)), context);
  }
  assert.deepEqual(headersOf({ traceId: TRACE_ID, spanId: SPAN_ID, sampled: true }), [
    ['traceparent', `00-${TRACE_ID}-${SPAN_ID}-01`],
  ]);
});

test('carriesTraceContext is true even for an invalid traceparent', () => {
  assert.equal(carriesTraceContext([['Traceparent', 'nonsense']]), true);
  assert.equal(carriesTraceContext([['tracestate', 'a=1']]), false);
});
