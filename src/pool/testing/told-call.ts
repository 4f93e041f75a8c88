import assert from 'node:assert/strict';
import type { GuestLog } from '../../capability/capability.ts';
import type { Header, TriggerEvent } from '../../event.ts';
import type { Outcome, TrapCause } from '../../outcome.ts';
import type { Call, CallTiming } from '../call.ts';
import type { InstancePool } from '../pool.ts';

/** A call with the given text as its event's data, that tells what became of it. */
export class ToldCall implements Call {
  readonly event: TriggerEvent;
  readonly attempt: number;
  readonly extraHeaders: readonly Header[] = [];
  readonly source: unknown;
  readonly lane: string | undefined;
  readonly timeoutMs: number;
  readonly lines: GuestLog[] = [];
  readonly outcomes: Outcome[] = [];
  /** How many messages its guest has published. */
  published = 0;
  timing: CallTiming | undefined;
  /** Whether it came back unstarted. */
  isBack = false;
  readonly #told = Promise.withResolvers<Outcome>();
  readonly #over = Promise.withResolvers<void>();

  constructor(
    text: string,
    given: {
      timeoutMs?: number;
      attempt?: number;
      source?: unknown;
      lane?: string;
      event?: Partial<TriggerEvent>;
    } = {},
  ) {
    this.event = {
      id: text,
      source: 'test',
      subject: 'test',
      time: 0n,
      headers: [],
      data: Buffer.from(text),
      ...given.event,
    };
    this.attempt = given.attempt ?? 1;
    this.source = given.source ?? 'one source';
    this.lane = given.lane;
    this.timeoutMs = given.timeoutMs ?? 30_000;
  }

  /** The first outcome. */
  get outcome(): Promise<Outcome> {
    return this.#told.promise;
  }

  /** It has an outcome, or came back unstarted. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  log(line: GuestLog): void {
    this.lines.push(line);
  }

  /** An output that confirms everything, and keeps nothing. */
  async publish(): Promise<void> {
    this.published += 1;
  }

  finished(outcome: Outcome, timing: CallTiming): void {
    this.outcomes.push(outcome);
    this.timing = timing;
    this.#told.resolve(outcome);
    this.#over.resolve();
  }

  returned(): void {
    this.isBack = true;
    this.#over.resolve();
  }
}

/** Submits the calls and waits for the outcome of each. */
export function runAll(pool: Pick<InstancePool, 'submit'>, calls: readonly ToldCall[]): Promise<Outcome[]> {
  for (const call of calls) pool.submit(call);
  return Promise.all(calls.map((call) => call.outcome));
}

/** Submits one call and waits for its outcome. */
export function run(
  pool: Pick<InstancePool, 'submit'>,
  ...given: ConstructorParameters<typeof ToldCall>
): Promise<Outcome> {
  const call = new ToldCall(...given);
  pool.submit(call);
  return call.outcome;
}

/** The text of the one message that was answered. */
export function said(outcome: Outcome): string {
  assert.equal(outcome.kind, 'completed', JSON.stringify(outcome));
  return Buffer.from(outcome.messages[0]?.data ?? []).toString();
}

export function assertTrapped(outcome: Outcome, cause: TrapCause, reason = /./): void {
  assert.equal(outcome.kind, 'trapped', JSON.stringify(outcome));
  assert.equal(outcome.cause, cause);
  assert.match(outcome.reason, reason);
}
