import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../outcome.ts';
import { silentLogger } from '../logger.ts';
import { openTelemetry } from './open-telemetry.ts';
import type { DeliverySpan } from './telemetry.ts';

const event = { id: 'e1', source: 'cron:nightly', subject: 'nightly', time: 0n, headers: [], data: new Uint8Array() };

/** The lines of `/metrics` after one trigger did something. */
async function metricsAfter(act: (start: () => DeliverySpan) => void): Promise<string[]> {
  await using telemetry = await openTelemetry({ serviceName: 'shop', version: '1', log: silentLogger });
  const trigger = telemetry.forTrigger({ trigger: 'n', system: 'cron', destination: '* * * * *', component: 'c' });
  act(() => trigger.delivery({ event, attempt: 1, position: 'p/1' }));
  trigger.retried({ event, attempt: 1, position: 'p/1' }, 100);
  trigger.dropped('dead-lettered');
  return telemetry.prometheus().split('\n');
}

const OWN = 'sluice_trigger="n",sluice_component="c"';

test('a completed delivery counts as consumed, completed, and by its durations', async () => {
  const lines = await metricsAfter((start) => start().outcome({ kind: 'completed', messages: [] }, 20, 5, true));
  const messaging = `messaging_system="cron",messaging_destination_name="* * * * *",messaging_operation_name="process",${OWN}`;
  assert.ok(lines.includes(`messaging_client_consumed_messages_total{${messaging}} 1`));
  assert.ok(lines.includes(`messaging_process_duration_seconds_sum{${messaging}} 0.025`));
  assert.ok(lines.includes(`faas_invoke_duration_seconds_sum{faas_trigger="timer",${OWN}} 0.02`));
  assert.ok(lines.includes(`faas_coldstarts_total{faas_trigger="timer",${OWN}} 1`));
  assert.ok(lines.includes(`sluice_deliveries_total{${OWN},sluice_outcome="completed"} 1`));
  assert.ok(lines.includes(`sluice_deliveries_total{${OWN},sluice_outcome="failed"} 0`));
});

const failures: [Outcome, string][] = [
  [{ kind: 'failed', reason: 'x' }, 'failed'],
  [{ kind: 'rejected', reason: 'x' }, 'rejected'],
  [{ kind: 'trapped', reason: 'x', cause: 'memory' }, 'memory'],
  [{ kind: 'timed-out', reason: 'x', afterMs: 5 }, 'timed-out'],
];
for (const [outcome, errorType] of failures) {
  test(`a delivery that ${outcome.kind} counts as an error of type ${errorType}`, async () => {
    const lines = await metricsAfter((start) => start().outcome(outcome, 1, 0, false));
    assert.ok(lines.includes(`faas_errors_total{faas_trigger="timer",${OWN},error_type="${errorType}"} 1`));
    assert.ok(lines.includes(`sluice_deliveries_total{${OWN},sluice_outcome="${outcome.kind}"} 1`));
    const timeouts = outcome.kind === 'timed-out' ? 1 : 0;
    assert.ok(lines.includes(`faas_timeouts_total{faas_trigger="timer",${OWN}} ${timeouts}`));
  });
}

test('a cancelled delivery is no error', async () => {
  const lines = await metricsAfter((start) => start().outcome({ kind: 'cancelled', reason: 'x' }, 0, 0, false));
  assert.ok(!lines.some((line) => line.startsWith('faas_errors_total')));
  assert.ok(lines.includes(`sluice_deliveries_total{${OWN},sluice_outcome="cancelled"} 1`));
});

test('publishes, lost settlements, retries and drops are counted', async () => {
  const out = { name: 'out', system: 'kafka' };
  const lines = await metricsAfter((start) => {
    const span = start();
    span.publishing(out, 3)();
    span.publishing(out, 2)(new RangeError('full'));
    span.settling('accept')();
    span.settling('accept')(new Error('lost'));
  });
  const sent = `messaging_system="kafka",messaging_destination_name="out",${OWN}`;
  assert.ok(lines.includes(`messaging_client_sent_messages_total{${sent}} 3`));
  assert.ok(lines.includes(`messaging_client_sent_messages_total{${sent},error_type="RangeError"} 2`));
  assert.ok(lines.includes(`sluice_settlements_unconfirmed_total{${OWN}} 1`));
  assert.ok(lines.includes(`sluice_retries_total{${OWN}} 1`));
  assert.ok(lines.includes(`sluice_drops_total{${OWN},reason="dead-lettered"} 1`));
});
