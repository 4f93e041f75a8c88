import type { GuestLog } from '../../capability/capability.ts';
import type { Header, TriggerEvent } from '../../event.ts';
import type { Outcome } from '../../outcome.ts';
import type { Call, CallTiming } from '../call.ts';
import type { InstancePool } from '../pool.ts';

/** A call with the given text as its event's data, that tells what became of it. */
export class ToldCall implements Call {
  readonly event: TriggerEvent;
  readonly attempt: number;
  readonly extraHeaders: readonly Header[] = [];
  readonly source: unknown;
  readonly timeoutMs: number;
  readonly lines: GuestLog[] = [];
  readonly outcomes: Outcome[] = [];
  timing: CallTiming | undefined;
  readonly #told = Promise.withResolvers<Outcome>();

  constructor(text: string, given: { timeoutMs?: number; attempt?: number; source?: unknown; event?: Partial<TriggerEvent> } = {}) {
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
    this.timeoutMs = given.timeoutMs ?? 30_000;
  }

  /** The first outcome. */
  get outcome(): Promise<Outcome> {
    return this.#told.promise;
  }

  log(line: GuestLog): void {
    this.lines.push(line);
  }

  finished(outcome: Outcome, timing: CallTiming): void {
    this.outcomes.push(outcome);
    this.timing = timing;
    this.#told.resolve(outcome);
  }
}

/** Submits one call and waits for its outcome. */
export function run(pool: InstancePool, text: string, given: ConstructorParameters<typeof ToldCall>[1] = {}): Promise<Outcome> {
  const call = new ToldCall(text, given);
  pool.submit(call);
  return call.outcome;
}
