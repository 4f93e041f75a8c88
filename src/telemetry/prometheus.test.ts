import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from './metrics.ts';
import { prometheusText } from './prometheus.ts';

test('prometheusText writes counters with help, type and the _total suffix', () => {
  const metrics = new Metrics();
  metrics.counter('sluice.retries', { 'sluice.trigger': 'jobs' }).add(3);
  assert.equal(
    prometheusText(metrics.families()),
    [
      '# HELP sluice_retries_total Deliveries that will be tried again.',
      '# TYPE sluice_retries_total counter',
      'sluice_retries_total{sluice_trigger="jobs"} 3',
      '',
    ].join('\n'),
  );
});

test('prometheusText escapes what a label must not hold', () => {
  const metrics = new Metrics();
  metrics.counter('sluice.retries', { 'sluice.trigger': 'a"b\\c\nd' }).add();
  assert.match(prometheusText(metrics.families()), /\{sluice_trigger="a\\"b\\\\c\\nd"\} 1\n/);
});

test('prometheusText writes cumulative buckets in seconds', () => {
  const metrics = new Metrics();
  const histogram = metrics.histogram('faas.invoke_duration', {});
  for (const seconds of [0.000005, 0.001, 0.002, 99]) histogram.record(seconds);
  const text = prometheusText(metrics.families());
  assert.match(text, /^faas_invoke_duration_seconds_bucket\{le="0.00001"\} 1$/m);
  assert.match(text, /^faas_invoke_duration_seconds_bucket\{le="0.001"\} 2$/m, 'a bound is inclusive');
  assert.match(text, /^faas_invoke_duration_seconds_bucket\{le="0.0025"\} 3$/m);
  assert.match(text, /^faas_invoke_duration_seconds_bucket\{le="10"\} 3$/m);
  assert.match(text, /^faas_invoke_duration_seconds_bucket\{le="\+Inf"\} 4$/m);
  assert.match(text, /^faas_invoke_duration_seconds_sum 99\.003005$/m);
  assert.match(text, /^faas_invoke_duration_seconds_count 4$/m);
});

test('prometheusText reads gauges when it is asked, and leaves out those taken away', () => {
  const metrics = new Metrics();
  let used = 1;
  const remove = metrics.gauge('sluice.permits.used', {}, () => used);
  assert.match(prometheusText(metrics.families()), /^sluice_permits_used 1$/m);
  used = 2;
  assert.match(prometheusText(metrics.families()), /^sluice_permits_used 2$/m);
  remove();
  assert.equal(prometheusText(metrics.families()), '');
});

test('Metrics gives the same counter for the same name and attributes', () => {
  const metrics = new Metrics();
  assert.equal(metrics.counter('sluice.retries', { a: '1' }), metrics.counter('sluice.retries', { a: '1' }));
  assert.notEqual(metrics.counter('sluice.retries', { a: '1' }), metrics.counter('sluice.retries', { a: '2' }));
});

test('Metrics keeps a gauge that replaced another when the other is taken away', () => {
  const metrics = new Metrics();
  const removeFirst = metrics.gauge('sluice.permits.used', {}, () => 1);
  metrics.gauge('sluice.permits.used', {}, () => 2);
  removeFirst();
  assert.match(prometheusText(metrics.families()), /^sluice_permits_used 2$/m);
});
