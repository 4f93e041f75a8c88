import type { GuestLog } from '../../capability/capability.ts';
import { outputBytes } from '../../outcome.ts';
import type { RunningCalls } from '../wire/running-mark.ts';
import { readEndedCalls } from '../wire/outcome-batch.ts';
import type { CallLog, FromThread, ThreadReport } from '../wire/thread-messages.ts';
import type { LastWords } from './host.ts';
import type { FromChild } from './process-messages.ts';

// Messages of a child process are checked before they are used. These functions throw a TypeError or RangeError when one is invalid.

const LEVELS: ReadonlySet<unknown> = new Set<GuestLog['level']>([
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'critical',
]);
/** More than the calls of one report may write. */
const MOST_LINES = 300_000;
const LONGEST_LINE = 16 * 1024;
const LONGEST_NAME = 256;
const LONGEST_REASON = 4096;

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** A text for a person, cut where it is long. */
export function checkedReason(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a reason is not text');
  return value.slice(0, LONGEST_REASON);
}

/** Reads the outcomes once, so that the code that finishes the calls meets no invalid ones. */
export function checkedReport(
  { events, logs, guestMs, instances }: Extract<FromChild, { kind: 'report' }>,
  outcomes: ArrayBuffer,
  mostBytes: number,
): ThreadReport {
  if (![events, guestMs, instances].every(isNumber)) throw new TypeError('a report has invalid numbers');
  checkOutcomes(outcomes, mostBytes);
  return { kind: 'report', outcomes, events, guestMs, instances, logs: checkedLogs(logs), spare: [] };
}

export function checkedRequest({
  request,
  call,
  capability,
  method,
  args,
}: Extract<FromChild, { kind: 'request' }>): Extract<FromThread, { kind: 'request' }> {
  if (!isNumber(request) || !isNumber(call) || !isName(capability) || !isName(method) || !Array.isArray(args)) {
    throw new TypeError('a request is invalid');
  }
  return { kind: 'request', request, call, capability, method, args };
}

export function checkedLast(
  { running, logs }: Extract<FromChild, { kind: 'last' }>,
  outcomes: ArrayBuffer,
  mostBytes: number,
): LastWords {
  if (running !== undefined && !isRunning(running)) throw new TypeError('the running call has invalid numbers');
  if (outcomes.byteLength === 0) return { running, outcomes: undefined, logs: checkedLogs(logs) };
  checkOutcomes(outcomes, mostBytes);
  return { running, outcomes, logs: checkedLogs(logs) };
}

function isRunning({ first, count, heldMs, leftMs }: RunningCalls): boolean {
  return [first, count, heldMs].every(isNumber) && count <= 256 && Number.isFinite(leftMs);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NAME;
}

function checkedLogs(logs: unknown): readonly CallLog[] {
  if (!Array.isArray(logs) || logs.length > MOST_LINES) throw new TypeError('log lines are not a list, or too many');
  for (const line of logs) {
    const { call, record } = Object(line) as Partial<CallLog>;
    const { level, text, context } = Object(record) as Partial<GuestLog>;
    if (!isNumber(call) || !LEVELS.has(level) || !isShort(text) || !isShort(context)) {
      throw new TypeError('a log line is invalid, or too long');
    }
  }
  return logs as CallLog[]; // checked above
}

function isShort(text: unknown): boolean {
  return typeof text === 'string' && text.length <= LONGEST_LINE;
}

function checkOutcomes(outcomes: ArrayBuffer, mostBytes: number): void {
  readEndedCalls(outcomes, (_number, outcome, startedMs, durationMs) => {
    if (!isNumber(startedMs) || !isNumber(durationMs)) throw new TypeError('a call took an invalid time');
    if (outcome.kind === 'completed' && outputBytes(outcome.messages) > mostBytes) {
      throw new RangeError(`a call answered with more than ${mostBytes} bytes`);
    }
  });
}
