import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeadLetterStore } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import { OtlpCollector } from '../../src/telemetry/testing/otlp-collector.ts';
import { put, textsOf } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';

test('the number of an attempt is in the event, on the span, and in the dead letter', async () => {
  const toml = `
    [[trigger.queue]]
    name = "t"
    queue = "in"
    component = "choose"
    retry = { attempts = 3, first = "1ms", max = "5ms" }
    [output.out]
    queue = "out"`;
  using app = await TemporaryApp.create({ guests: ['choose'], toml });
  await using state = app.openState();
  await using collector = await OtlpCollector.open();
  await put(state, 'in', 'attempt', 'fail');
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const { code } = await app.run(['up', '--until-idle', '100ms'], { env });
  assert.equal(code, 0);
  assert.deepEqual(textsOf(state, 'out'), ['1']);
  const spans = collector.spans.filter(({ name }) => name === 'process in');
  const told = spans.map(({ attributes }) => [attributes['sluice.outcome'], attributes['sluice.attempt']].join(' '));
  assert.deepEqual(told.toSorted(), ['completed 1', 'failed 1', 'failed 2', 'failed 3']);
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 2, 'the attempts of one event share a trace');
  const [letter, ...others] = new DeadLetterStore(state, () => 0).list(10);
  assert.deepEqual([letter?.attempt, others.length], [3, 0]);
  assert.ok(spans.some(({ traceId, attributes }) => traceId === letter?.traceId && attributes['sluice.attempt'] === 3));
});
