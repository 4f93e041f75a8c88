import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Call } from '../pool/call.ts';
import type { TriggerFacts, TriggerTelemetry } from '../telemetry/telemetry.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Outputs } from './outputs.ts';
import type { RetryPolicy } from './retry.ts';
import type { Tally } from './tally.ts';

/** Whatever runs calls: the instance pool. */
export interface CallTarget {
  submit(call: Call): void;
  /** Calls of that source are withheld from now on: those that no thread has begun are taken back, and wait. */
  withhold(source: unknown): void;
  /** Calls that were withheld may go. */
  resume(): void;
  /** Calls of that source that no thread has begun finish as `cancelled`: all, or those that are lost by that signal. */
  withdraw(source: unknown, loss?: AbortSignal): void;
  /** All calls of that source finish as `cancelled`, what runs included. */
  cancel(source: unknown): void;
}

/** All that is the same for every delivery of one trigger: where events go, and what happens when they fail. */
export interface Route {
  readonly facts: TriggerFacts;
  readonly pool: CallTarget;
  readonly outputs: Outputs;
  readonly deadLetters: DeadLetters;
  readonly retry: RetryPolicy;
  /** Whether nothing of a lane is started before the one ahead of it is settled. */
  readonly strictOrder: boolean;
  /** The longest that one call may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Larger events are not handed to the component but given up on (SLU3004); in bytes of data, key and headers. */
  readonly eventBytes: number;
  /** An event that was published for another this often is given up on (SLU3007): it runs in a circle. */
  readonly mostHops: number;
  /** Where such an event goes, unless the manifest drops what is given up on: its dead-letter output may be part of the circle. */
  readonly lastResort: DeadLetters;
  readonly telemetry: TriggerTelemetry;
  readonly tally: Tally;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}
