import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OtlpCollector, type SentSpan } from '../../src/telemetry/testing/otlp-collector.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { put, textsOf } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';

/** `queue` outputs are committed with the event of a queue in the same state file. */
const toml = `
  [[trigger.queue]]
  name = "t"
  queue = "in"
  component = "choose"
  dead_letter = "dead"
  [output.out]
  queue = "out"
  [output.dead]
  queue = "letters"`;

/** The name of each `send` span, its system, and whether it hangs under a delivery. */
function sends(spans: readonly SentSpan[]): readonly string[] {
  const deliveries = new Set(spans.filter(({ name }) => name === 'process in').map(({ spanId }) => spanId));
  return spans
    .filter(({ kind }) => kind === 4)
    .map(({ name, attributes, parentSpanId }) => {
      assert.ok(deliveries.has(parentSpanId ?? ''));
      return `${name} ${String(attributes['messaging.system'])}`;
    });
}

test('what is committed with a settlement has a send span: outputs, and dead letters', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml });
  await using state = app.openState();
  await using collector = await OtlpCollector.open();
  await put(state, 'in', 'attempt', 'reject');
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const { code } = await app.run(['up', '--until-idle', '100ms'], { env });
  assert.equal(code, 0);
  assert.deepEqual([textsOf(state, 'out').length, textsOf(state, 'letters').length], [1, 1]);
  assert.deepEqual(sends(collector.spans).toSorted(), ['send dead queue', 'send out queue']);
});

test('what a component publishes while it runs has a send span each, under its delivery', async () => {
  const source = JSON.stringify(await buildGuest('contracts/publisher'));
  const publisher = `[component.publisher]\nsource = ${source}\nallow.publish = { out = ["orders.*"] }`;
  using app = await TemporaryApp.create({ guests: [], toml: `${publisher}\n${toml.replace('choose', 'publisher')}` });
  await using state = app.openState();
  await using collector = await OtlpCollector.open();
  await put(state, 'in', 'publish orders.a one\npublish other x\npublish orders.b two');
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const { code } = await app.run(['up', '--until-idle', '100ms'], { env });
  assert.equal(code, 0);
  assert.deepEqual(textsOf(state, 'out'), ['one', 'two']);
  assert.deepEqual(sends(collector.spans), ['send out queue', 'send out queue']);
});
