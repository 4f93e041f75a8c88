import type { PublisherSupports } from '../../../publisher.ts';
import type { TriggerSupports } from '../../trigger.ts';
import type { Ability } from '../subject.ts';
import type { Trial } from '../trial.ts';

/** The requirements of a test. If one is missing, the test is skipped with that reason. */
export interface Needs {
  /** Promises of the trigger. */
  readonly trigger?: readonly (keyof TriggerSupports)[];
  /** Settling is confirmed when it resolves. */
  readonly confirmed?: true;
  /** Promises of the publisher. If present, even if empty, there must be a publisher. */
  readonly publisher?: readonly (keyof PublisherSupports)[];
  /** The trigger reports its backlog. */
  readonly backlog?: true;
  readonly rig?: readonly Ability[];
}

/** One test of the kit. */
export interface Case {
  /** The claim: the rest of the test's name. */
  readonly claim: string;
  readonly needs?: Needs;
  readonly run: (trial: Trial) => Promise<void>;
}
