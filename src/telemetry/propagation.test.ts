import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '../event.ts';
import { propagationOf } from './propagation.ts';
import type { Propagation } from './trace-context.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const context = { traceId: TRACE_ID, spanId: SPAN_ID, sampled: true };
const own = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };

async function propagation(formats: string | undefined): Promise<Propagation> {
  return propagationOf({ OTEL_PROPAGATORS: formats }, (message) => assert.fail(message));
}

const b3 = (at: typeof context): Header[] => [['b3', `${at.traceId}-${at.spanId}-1`]];
const b3multi = (at: typeof context): Header[] => [
  ['x-b3-traceid', at.traceId],
  ['x-b3-spanid', at.spanId],
  ['x-b3-sampled', '1'],
];
const jaeger = (at: typeof context): Header[] => [['uber-trace-id', `${at.traceId}:${at.spanId}:0:01`]];
const tracecontext = (at: typeof context): Header[] => [['traceparent', `00-${at.traceId}-${at.spanId}-01`]];
const none = (): Header[] => [];

for (const [formats, headers] of [
  [undefined, tracecontext],
  ['tracecontext,baggage', tracecontext],
  ['b3', b3],
  ['b3multi', b3multi],
  ['jaeger', jaeger],
] as const) {
  test(`OTEL_PROPAGATORS=${formats ?? ''}: what it reads is what it writes, and what is there stays`, async () => {
    const chosen = await propagation(formats);
    const cased = headers(context).map(([name, value]): Header => [name.toUpperCase(), value]);
    assert.deepEqual(chosen.contextOf(cased), context);
    assert.deepEqual(chosen.forComponent(own, []), headers(own));
    assert.deepEqual(chosen.forComponent(own, cased), []);
    assert.deepEqual(chosen.forMessage(own, cased, []), headers(own));
    assert.deepEqual(chosen.forMessage(own, [], cased), []);
    assert.equal(chosen.contextOf([...headers(context), ...headers(context)]), undefined, 'twice is none');
  });
}

test('OTEL_PROPAGATORS=none reads and writes nothing, whatever else is named', async () => {
  for (const formats of ['none', 'b3,none']) {
    const chosen = await propagation(formats);
    assert.equal(chosen.contextOf([...tracecontext(context), ...b3(context)]), undefined);
    assert.deepEqual(chosen.forComponent(own, []), none());
    assert.deepEqual(chosen.forMessage(own, [['baggage', 'a=1']], []), none());
  }
});

test('of several formats the last valid one wins, and all are written', async () => {
  const chosen = await propagation('tracecontext, jaeger,b3');
  const read = (...headers: Header[]): string | undefined => chosen.contextOf(headers)?.traceId;
  assert.equal(read(...b3(own), ...tracecontext(context)), own.traceId);
  assert.equal(read(...tracecontext(context), ['uber-trace-id', 'no:valid:0:1'], ['b3', 'nonsense']), TRACE_ID);
  assert.equal(read(['uber-trace-id', 'no:valid:0:1']), undefined);
  assert.deepEqual(chosen.forMessage(own, [], []), [...tracecontext(own), ...jaeger(own), ...b3(own)]);
  assert.deepEqual(chosen.forMessage(own, [], [['B3', '0']]), [], 'the component wrote one of its own');
});

test('both names of B3 read both of its forms, and a short trace id is padded', async () => {
  for (const formats of ['b3', 'b3multi']) {
    const chosen = await propagation(formats);
    assert.deepEqual(chosen.contextOf(b3(context)), context);
    assert.deepEqual(chosen.contextOf(b3multi(context)), context);
    assert.deepEqual(chosen.forComponent(own, b3(context)), []);
    assert.deepEqual(chosen.forComponent(own, b3multi(context)), []);
    const short = TRACE_ID.slice(16);
    assert.equal(chosen.contextOf([['b3', `${short}-${SPAN_ID}-0`]])?.traceId, short.padStart(32, '0'));
  }
});

test('the baggage of an event goes with what it causes, unless the component wrote its own', async () => {
  for (const formats of [undefined, 'baggage,b3']) {
    const chosen = await propagation(formats);
    const baggage = (headers: readonly Header[]): readonly Header[] => headers.filter(([name]) => name === 'baggage');
    assert.deepEqual(baggage(chosen.forMessage(own, [['Baggage', 'user=7']], [])), [['baggage', 'user=7']]);
    assert.deepEqual(baggage(chosen.forMessage(own, [['baggage', 'user=7']], [['BAGGAGE', 'user=8']])), []);
    assert.deepEqual(baggage(chosen.forComponent(own, [['baggage', 'user=7']])), []);
  }
  const w3c = await propagation('tracecontext');
  assert.deepEqual(w3c.forMessage(own, [['baggage', 'user=7']], []), tracecontext(own));
  const large: Header = ['baggage', `user=${'7'.repeat(8192)}`];
  assert.deepEqual((await propagation(undefined)).forMessage(own, [large], []), tracecontext(own));
  const uber = await propagation('jaeger');
  assert.deepEqual(uber.forMessage(own, [['uberctx-user', '7']], []), [...jaeger(own), ['uberctx-user', '7']]);
});

test('a format that is not known is told once and ignored; with none left the default holds', async () => {
  const told: string[] = [];
  const env = (formats: string) => ({ OTEL_PROPAGATORS: formats });
  const some = await propagationOf(env('xray,b3,xray'), (message) => void told.push(message));
  assert.deepEqual(some.forComponent(own, []), b3(own));
  assert.deepEqual(told, [
    "OTEL_PROPAGATORS must name some of tracecontext, baggage, b3, b3multi, jaeger, none, got 'xray'; it is ignored",
  ]);
  const default_ = await propagationOf(env('ottrace'), () => {});
  assert.deepEqual(default_.forComponent(own, []), tracecontext(own));
});
