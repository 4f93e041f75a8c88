import type { OutcomeKind } from '../outcome.ts';

/** Counts of one trigger since it started, for the banner and `/triggers`. */
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
  /** Deliveries that another reader got meanwhile: not started, or their results thrown away. */
  discarded = 0;
  published = 0;
  /** When the last retry that a source was asked for is due; 0 when there was none. */
  lastRetryDue = 0;
  /** What can't be written to at the moment (an output, the dead-letter store), and why: what needs it is held, and not settled. */
  readonly blocked = new Map<string, string>();
}
