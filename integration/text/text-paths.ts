import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import type { Msg } from '@nats-io/transport-node';
import { CommanderError } from 'commander';
import { boundedEvent } from '../../src/bounded-event.ts';
import { renderError } from '../../src/cli/output/render-error.ts';
import { asSluiceError } from '../../src/cli/output/print-error.ts';
import { isWitName } from '../../src/component/glue/glue-names.ts';
import { transpileReason } from '../../src/component/transpile/transpile-plan.ts';
import { deadLetterMessage } from '../../src/dispatch/dead-letters/dead-letters.ts';
import { messageId } from '../../src/dispatch/outputs/published-message.ts';
import { reasonOf, SluiceError } from '../../src/errors.ts';
import type { Header, TriggerEvent } from '../../src/event.ts';
import { frameOf, linesOf } from '../../src/manifest/manifest-text.ts';
import { nearestName } from '../../src/manifest/nearest-name.ts';
import { hideAddressUsers, hideSecretsInLine, isSecretKey, isSecretValue } from '../../src/manifest/secrets.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { RecordedSpan } from '../../src/telemetry/otel/recorded-span.ts';
import { TraceTree } from '../../src/telemetry/otel/trace-tree.ts';
import { prometheusText } from '../../src/telemetry/prometheus.ts';
import { traceContextOf } from '../../src/telemetry/trace-context.ts';
import { cloudEvent } from '../../src/trigger/cloud-event.ts';
import { parseDuration } from '../../src/trigger/duration-text.ts';
import { parseSize } from '../../src/trigger/size.ts';
import { hideUserInfo, jsonText, printable, printableColumns, printableLines } from '../../src/printable.ts';
import { connectionOptions as kafkaConnection } from '../../triggers/kafka/options/connection-options.ts';
import { readAttempts } from '../../triggers/kafka/commit/attempts-note.ts';
import { kafkaHeaders, textHeaders } from '../../triggers/kafka/records/header-text.ts';
import { kafkaBinding } from '../../triggers/kafka/records/record-event.ts';
import { connectionOptions as natsConnection } from '../../triggers/nats/options/connection-options.ts';
import { decodeKey, encodeKey } from '../../triggers/nats/store/bucket-key.ts';
import { messageEvent } from '../../triggers/nats/messages/message-event.ts';
import { acknowledgementOf, deliveryInfo } from '../../triggers/nats/stream/reply-subject.ts';
import { encoded, headersOf } from '../../triggers/nats/messages/header-block.ts';
import { literalSubject } from '../../triggers/nats/messages/subject.ts';

const NO_DATA = new Uint8Array();

/** Whatever sees a text that a guest, a sender, a broker or a file brought, by its name. */
export const textPaths: Readonly<Record<string, (text: string) => unknown>> = {
  hideUserInfo,
  hideAddressUsers,
  hideSecretsInLine,
  isSecretKey,
  isSecretValue,
  'a frame of the manifest': (text) => frameOf(linesOf(text), { line: 1, column: 1, length: 1 }),
  'the name that was meant': (text) => nearestName(text, ['enrich', 'orders', 'a-rather-long-name-of-a-trigger']),
  'the log in JSON': (text) => logger('json').warn({ reason: text, err: new Error(text) }, text),
  'the log for people': (text) => logger('human').warn({ reason: text, err: new Error(text) }, text),
  printable,
  printableLines,
  printableColumns,
  jsonText,
  'an event': (text) => boundedEvent(eventOf(text)),
  'a reason': (text) => reasonOf(new Error(text)),
  'an error on the terminal': (text) =>
    renderError(new SluiceError('SLU3001', text, { fix: text, place: { path: text } }), plain),
  'an error of the command line': (text) => asSluiceError(new CommanderError(1, 'commander.error', `error: ${text}`)),
  'the reason of the transpiler': (text) => transpileReason(Object.assign(new Error(), { payload: text })),
  'a name in a component': isWitName,
  'a dead letter': (text) => deadLetterMessage({ ...letter, position: text, event: eventOf(text), reason: text }),
  'the tree of a trace': (text) => printTree(text),
  'the id of a message': (text) => messageId('orders', { position: text }, 0),
  'a trace context': (text) =>
    traceContextOf([
      ['traceparent', text],
      ['tracestate', text],
    ]),
  'labels of metrics': (text) => prometheusText(labelled(text)),
  'a duration': parseDuration,
  'a size': parseSize,
  'headers of NATS': (text) => headersOf(messageOf(`NATS/1.0\r\nce-id: ${text}\r\n\r\n`)),
  'the status line of NATS': (text) => headersOf(messageOf(`NATS/1.0${text}\n\r\n\r\n`)),
  'headers for NATS': (text) => encoded([[text, text]]),
  'the reply subject of JetStream': (text) => attempt(() => deliveryInfo(text)),
  'a drop of JetStream': (reason) => acknowledgementOf({ kind: 'drop', reason }),
  'a subject of NATS': (text) => literalSubject.test(text),
  'a key of a bucket': (text) => decodeKey(encodeKey(text)),
  'headers of Kafka': (text) => kafkaHeaders(textHeaders([[text, Buffer.from(text)]])),
  'addresses of Kafka': (text) => kafkaConnection.safeParse({ brokers: text }),
  'addresses of NATS': (text) => natsConnection.safeParse({ servers: text }),
  'attempts noted in Kafka': (text) => readAttempts(0, `v1 ${text}`),
  'a CloudEvent of NATS': (text) => natsEvent(blockOf(cloudHeaders('ce-', text))),
  'a CloudEvent of Kafka': (text) => cloudEvent(cloudHeaders('ce_', text), NO_DATA, kafkaBinding),
  'a CloudEvent in one piece': (text) => natsEvent(blockOf(structured), envelope(text)),
};

const plain = { cwd: '/', verbose: true, paint: (_style: unknown, text: string): string => text };

function logger(format: 'json' | 'human'): ReturnType<typeof createLogger> {
  return createLogger({ format, stream: { write: () => {} } });
}

function printTree(text: string): void {
  const tree = new TraceTree({ isTTY: false, write: () => {} });
  tree.line({ level: text, context: text, text, trigger: 'a', component: 'b', traceId: 'c', spanId: 'd' });
  tree.export([spanOf(text)], () => {});
}

function spanOf(text: string): RecordedSpan {
  const origin = { resource: emptyResource(), instrumentationScope: { name: 'sluice' } };
  const shape = { name: text, kind: SpanKind.CONSUMER, attributes: {} };
  const context = { traceId: 'c', spanId: 'd', traceFlags: TraceFlags.SAMPLED };
  const span = new RecordedSpan(origin, shape, { context, parent: undefined, links: [], own: {}, startMs: 0 });
  span.status = { code: SpanStatusCode.ERROR, message: text };
  return span;
}

function eventOf(text: string): TriggerEvent {
  return { id: text, source: text, subject: text, time: 0n, headers: [[text, text]], data: NO_DATA };
}

const letter = { trigger: 'orders', component: 'enrich', attempt: 1, outcome: 'rejected', traceId: undefined };

function labelled(text: string): ReturnType<Metrics['families']> {
  const metrics = new Metrics();
  metrics.counter('sluice.drops', { reason: text }).add();
  return metrics.families();
}

function natsEvent(block: string, data: Uint8Array = NO_DATA): TriggerEvent {
  return messageEvent(messageOf(block, data), { source: 'nats:s', id: '1', time: 0n });
}

function blockOf(headers: readonly Header[]): string {
  return `NATS/1.0\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** As the client hands them over: `data` begins where the header block ends. */
function messageOf(block: string, data: Uint8Array = NO_DATA): Msg {
  const head = Buffer.from(block);
  const bytes = Buffer.concat([head, data]);
  const message = { subject: 's', data: bytes.subarray(head.length), _msg: { hdr: head.length } };
  return message as unknown as Msg; // all that is read of it
}

function cloudHeaders(prefix: string, text: string): readonly Header[] {
  return ['specversion', 'id', 'source', 'subject', 'time', 'datacontenttype'].map((name): Header => [
    `${prefix}${name}`,
    name === 'specversion' ? '1.0' : text,
  ]);
}

const structured: readonly Header[] = [['content-type', 'application/cloudevents+json']];

function envelope(text: string): Uint8Array {
  return Buffer.from(JSON.stringify({ specversion: '1.0', id: text, source: text, datacontenttype: text, data: text }));
}

function attempt(step: () => unknown): unknown {
  try {
    return step();
  } catch (thrown) {
    return thrown;
  }
}
