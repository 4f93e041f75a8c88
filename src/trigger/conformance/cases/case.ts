import type { PublisherSupports } from '../../../publisher.ts';
import type { TriggerSupports } from '../../trigger.ts';
import type { Ability } from '../subject.ts';
import type { Trial } from '../trial.ts';

/** What a test rests on. Where one is missing, the test is skipped, and says which. */
export interface Needs {
  /** Promises of the trigger. */
  readonly trigger?: readonly (keyof TriggerSupports)[];
  /** Settling is confirmed when it resolves. */
  readonly confirmed?: true;
  /** Promises of the publisher; any, even none, means that there must be one. */
  readonly publisher?: readonly (keyof PublisherSupports)[];
  /** The trigger reports its backlog. */
  readonly backlog?: true;
  readonly rig?: readonly Ability[];
}

/** One test of the kit. */
export interface Case {
  /** What holds: the rest of the test's name. */
  readonly claim: string;
  readonly needs?: Needs;
  readonly run: (trial: Trial) => Promise<void>;
}
