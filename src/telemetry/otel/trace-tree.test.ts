import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Outcome } from '../../outcome.ts';
import { type Logger, silentLogger } from '../../logger.ts';
import { openTelemetry } from '../open-telemetry.ts';
import type { DeliverySpan, TriggerTelemetry } from '../telemetry.ts';

const event = { id: 'e1', source: 'queue:jobs', subject: 'jobs', time: 0n, headers: [], data: new Uint8Array() };
const completed: Outcome = { kind: 'completed', messages: [] };

/** What is printed while `act` runs one delivery of a trigger, with times and ids replaced; and what is logged. */
async function printed(
  act: (span: DeliverySpan, trigger: TriggerTelemetry) => void,
  isTTY = false,
): Promise<{ text: string; logged: string[] }> {
  let text = '';
  const logged: string[] = [];
  const log: Logger = { ...silentLogger, info: (_, message) => void logged.push(message) };
  const console = { isTTY, write: (more: string) => (text += more) };
  await using telemetry = await openTelemetry({ serviceName: 's', version: '1', log, traceToConsole: true, console });
  const facts = { trigger: 'jobs', system: 'queue', destination: 'jobs', component: 'enrich' };
  const trigger = telemetry.forTrigger(facts);
  act(trigger.delivery({ event, attempt: 1, position: 'p/1' }), trigger);
  text = text.replaceAll(/\d+\.\d\d ms/g, '<ms>').replaceAll(/[\da-f]{32}/g, '<id>');
  return { text, logged };
}

const environment = { ...process.env };
beforeEach(() => {
  delete process.env['NO_COLOR'];
  delete process.env['CI'];
});
afterEach(() => void Object.assign(process.env, environment));

test('TraceTree prints a delivery, its guest lines and its children as one block', async () => {
  const { text, logged } = await printed((span, trigger) => {
    trigger.guestLog(span, 'info', 'stdout', 'counted 3 orders');
    span.outcome(completed, 1, 0, true);
    span.publishing({ name: 'orders-out', system: 'nats' }, 2)();
    span.settling('accept')();
    span.end();
  });
  assert.equal(
    text,
    [
      'process jobs  completed  <ms>  enrich  attempt 1  cold  trace <id>',
      '  │ info stdout: counted 3 orders',
      '  ├─ send orders-out  2 messages  <ms>',
      '  └─ settle jobs  accept  <ms>',
      '',
    ].join('\n'),
  );
  assert.deepEqual(logged, [], 'a line that is shown in the tree is not shown again');
});

test('TraceTree prints why a delivery and its settlement failed', async () => {
  const { text } = await printed((span) => {
    span.outcome({ kind: 'failed', reason: 'out of stock' }, 1, 0, false);
    span.settling('retry')(new Error('lease lost'));
    span.end();
  });
  assert.equal(
    text,
    [
      'process jobs  failed  <ms>  enrich  attempt 1  trace <id>',
      '  │ out of stock',
      '  └─ settle jobs  retry  <ms>  failed: lease lost',
      '',
    ].join('\n'),
  );
});

test('TraceTree colours on a terminal only, and not where NO_COLOR is set', async () => {
  const act = (span: DeliverySpan): void => {
    span.outcome(completed, 1, 0, false);
    span.end();
  };
  assert.ok((await printed(act, true)).text.includes('\u001B[32mcompleted\u001B[0m'));
  const elsewhere = await printed(act, false);
  assert.equal(stripVTControlCharacters(elsewhere.text), elsewhere.text);
  process.env['NO_COLOR'] = '1';
  const uncoloured = await printed(act, true);
  assert.equal(stripVTControlCharacters(uncoloured.text), uncoloured.text);
});

test('TraceTree takes control characters out of guest lines', async () => {
  const { text } = await printed((span, trigger) => {
    trigger.guestLog(span, 'info', 'stdout', 'a\u001B[2Jb\tc');
    span.end();
  });
  assert.match(text, /stdout: a\\u001b\[2Jb\\tc\n/);
});

test('TraceTree shows the first 100 lines of a delivery and counts the rest', async () => {
  const { text } = await printed((span, trigger) => {
    for (let i = 0; i < 103; i += 1) trigger.guestLog(span, 'info', 'stdout', `line ${i}`);
    span.end();
  });
  assert.match(text, /line 99\n {2}│ and 3 more lines\n$/);
});
