import { systemClock } from '../../clock.ts';
import type { Message } from '../../event.ts';
import { silentLogger } from '../../logger.ts';
import type { Publisher } from '../../publisher.ts';
import type { StateFile } from '../../state/state-file.ts';
import type { AdapterContext } from '../adapter.ts';
import type { Trigger } from '../trigger.ts';

/** An adapter under test, with the facts that the kit needs. */
export interface Subject {
  /** Prefix of every test's name: `queue`. */
  readonly name: string;
  /** Abilities that the rig lacks, and why: tests that need one are skipped with this reason. */
  readonly cannot?: Readonly<Partial<Record<Ability, string>>>;
  /** The longest wait for something that must come, in milliseconds. Default 10,000. */
  readonly patienceMs?: number;
  /** How long to wait before "nothing came" is certain, in milliseconds. Default 250; a source with injected time may say 20. */
  readonly quietMs?: number;
  /** An empty source that nothing else uses: its own queue, stream, topic or schedule. Called once a test. */
  setUp(): Promise<Rig>;
}

/**
 * - `choose-data`: `feed` decides what the event's data is. (A schedule has one payload for all of its slots.)
 * - `choose-headers`, `choose-key`, `choose-content-type`: likewise.
 * - `crash`: the rig can end a trigger as a crash would.
 * - `publish`: the adapter has a publisher.
 * - `silence`: the rig can make the source fall silent with its connections open.
 * - `refuse`: there are messages that the destination of the publisher never takes.
 */
export type Ability =
  | 'choose-data'
  | 'choose-headers'
  | 'choose-key'
  | 'choose-content-type'
  | 'crash'
  | 'publish'
  | 'silence'
  | 'refuse';

/** One source, and the means to try an adapter on it. Disposed of after the triggers and publishers that it opened. */
export interface Rig extends AsyncDisposable {
  /**
   * Opens a trigger on the source, with at least 200 permits. Called again after a trigger was disposed of or crashed: the new one continues where
   * that one ended.
   */
  openTrigger(): Promise<Trigger>;
  /** Makes one event of each message, in order, without the adapter's publisher. Resolves when they can be taken. */
  feed(messages: readonly Message[]): Promise<void>;
  /**
   * Ends a trigger as the death of its process would: nothing is returned, settled or closed properly. Resolves when the source has noticed, so that
   * the next trigger gets the events that this one held. Tests may still settle its deliveries, in vain.
   */
  crash?(trigger: Trigger): Promise<void>;
  /** Makes the source stop answering, with its connections open, until the result is called. */
  silence?(): Promise<() => Promise<void>>;
  /** A message that the destination of `openPublisher` never accepts: one that is too large. */
  neverTaken?(): Message;
  /** Lets `ms` milliseconds pass for the source. Default: waits for them. */
  pass?(ms: number): Promise<void>;
  openPublisher?(): Promise<Publisher>;
  /** Everything at the destination of `openPublisher`, in order of arrival. Ids need not be kept. */
  published?(): Promise<readonly Message[]>;
}

/** The context for opening an adapter in a test: 256 permits, 5 attempts, calls of up to 5 s, the system's clock, no log. */
export function adapterContext(state: StateFile, overrides: Partial<AdapterContext> = {}): AdapterContext {
  return {
    name: 'conformance',
    concurrency: 256,
    deadlineMs: 5000,
    attempts: 5,
    clock: systemClock,
    log: silentLogger,
    ...overrides,
    state,
  };
}
