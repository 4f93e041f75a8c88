import type { OutputMessage } from '../outcome.ts';
import { LONGEST_REASON, shortened } from '../bounded-text.ts';
import { type Answer, MalformedAnswer } from './contract.ts';

/** The `ok` of a handler: `list<message>`. The generated code hands over fresh objects, so they are checked in place and not copied. */
export function completedWith(messages: unknown): Answer {
  if (!Array.isArray(messages)) throw new MalformedAnswer(`wanted list<message>, got ${kindOf(messages)}`);
  for (const message of messages) checkMessage(message);
  // Every field was checked; an absent option is present as `undefined`, which readers treat alike.
  return { kind: 'completed', messages: messages as OutputMessage[] };
}

/** The `err` of a handler: `variant failure { retry({reason, after-ms}), reject(string) }`. */
export function refusedWith(failure: unknown): Answer {
  const { tag, val } = recordOf(failure, 'failure');
  if (tag === 'reject') return { kind: 'rejected', reason: reasonIn(val, 'reject') };
  if (tag !== 'retry') throw new MalformedAnswer(`wanted a failure, got the case ${String(tag)}`);
  const { reason, afterMs } = recordOf(val, 'retry');
  if (afterMs === undefined) return { kind: 'failed', reason: reasonIn(reason, 'retry.reason') };
  if (typeof afterMs !== 'number') throw new MalformedAnswer(`wanted retry.after-ms as u32, got ${kindOf(afterMs)}`);
  return { kind: 'failed', reason: reasonIn(reason, 'retry.reason'), afterMs };
}

function checkMessage(message: unknown): void {
  const { to, key, contentType, headers, data } = recordOf(message, 'message');
  textOf(to, 'message.to');
  if (key !== undefined) checkBytes(key, 'message.key');
  if (contentType !== undefined) textOf(contentType, 'message.content-type');
  if (!Array.isArray(headers)) throw new MalformedAnswer(`wanted message.headers as a list, got ${kindOf(headers)}`);
  for (const header of headers) {
    if (!Array.isArray(header) || header.length !== 2) throw new MalformedAnswer('wanted message.headers as pairs');
    textOf(header[0], 'the name of a header');
    textOf(header[1], 'the value of a header');
  }
  checkBytes(data, 'message.data');
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new MalformedAnswer(`wanted a ${what}, got ${kindOf(value)}`);
  // Any object may be read as a record of unknown values.
  return value as Record<string, unknown>;
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new MalformedAnswer(`wanted ${what} as string, got ${kindOf(value)}`);
  return value;
}

/** The guest's own words; they appear in the event's trace and its dead letter. */
function reasonIn(value: unknown, what: string): string {
  return shortened(textOf(value, what), LONGEST_REASON);
}

function checkBytes(value: unknown, what: string): void {
  if (!(value instanceof Uint8Array)) throw new MalformedAnswer(`wanted ${what} as list<u8>, got ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
}
