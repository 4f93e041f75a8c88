import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { OutcomeKind } from '../outcome.ts';
import type { Call } from '../pool/call.ts';
import type { Attempted, TriggerFacts, TriggerTelemetry } from '../telemetry/telemetry.ts';
import type { RetryPolicy } from './conclusion/decide.ts';
import type { DeadLetters } from './dead-letters/dead-letters.ts';
import type { Outputs } from './outputs/outputs.ts';

/** What runs the calls: the pool of a component. */
export interface CallTarget {
  submit(call: Call): void;
  /** Withholds the calls of that source from now on: those that no thread has begun are taken back, and wait. */
  withhold(source: unknown): void;
  /** Calls that were withheld may go. */
  resume(): void;
  /** Calls of that source that no thread has begun finish as `cancelled`: all, or those that are lost by that signal. */
  withdraw(source: unknown, loss?: AbortSignal): void;
  /** All calls of that source finish as `cancelled`, including those that run. */
  cancel(source: unknown): void;
}

/** What every delivery of one trigger shares: where its events go, and what happens when they fail. */
export interface TriggerContext {
  readonly facts: TriggerFacts;
  readonly pool: CallTarget;
  readonly outputs: Outputs;
  readonly deadLetters: DeadLetters;
  readonly retry: RetryPolicy;
  /** Whether nothing of a lane is started before the one ahead of it is settled. */
  readonly strictOrder: boolean;
  /** The longest that one call may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Larger events are given up on without a call (SLU3004); in bytes of data, key and headers. */
  readonly eventBytes: number;
  /** An event with this many hops is given up on (SLU3007): it runs in a circle. */
  readonly mostHops: number;
  /** Where an event with too many hops goes, unless the manifest drops dead letters: its dead-letter output may be part of the circle. */
  readonly lastResort: DeadLetters;
  readonly telemetry: TriggerTelemetry;
  readonly tally: Tally;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * Counts of one trigger since it started, for the banner and `/triggers`. What telemetry counts by the same event is counted in both by one
 * method here.
 */
export class Tally {
  readonly outcomes: Record<OutcomeKind, number> = {
    completed: 0,
    failed: 0,
    rejected: 0,
    trapped: 0,
    'timed-out': 0,
    cancelled: 0,
  };
  taken = 0;
  accepted = 0;
  retried = 0;
  released = 0;
  deadLettered = 0;
  dropped = 0;
  /** Settlements that the source did not confirm: these events come again. */
  unconfirmed = 0;
  /** Deliveries whose event the source has given to another reader: not started, or their answers discarded. */
  discarded = 0;
  published = 0;
  /** When the last retry that a source was asked for is due; 0 before the first. */
  lastRetryDue = 0;
  /** What can't be written to at the moment (an output, the dead-letter store), and why: events that need it are held unsettled. */
  readonly blocked = new Map<string, string>();
  readonly #telemetry: TriggerTelemetry;

  constructor(telemetry: TriggerTelemetry) {
    this.#telemetry = telemetry;
  }

  countRetry(delivery: Attempted, delayMs: number): void {
    this.retried += 1;
    this.#telemetry.retried(delivery, delayMs);
  }

  countDiscard(): void {
    this.discarded += 1;
    this.#telemetry.discarded();
  }

  /** An event was given up on, and its dead letter is kept. `reason`: as in the metric `sluice.drops`. */
  countDeadLetter(reason: string): void {
    this.deadLettered += 1;
    this.#telemetry.dropped(reason);
  }

  /** Events were dropped, by the source itself or because the manifest keeps no dead letters. `reason`: as in the metric `sluice.drops`. */
  countDrops(reason: string, count = 1): void {
    this.dropped += count;
    this.#telemetry.dropped(reason, count);
  }
}
