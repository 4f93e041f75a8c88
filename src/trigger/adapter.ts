import type { ZodType } from 'zod';
import type { StateFile } from '../state/state-file.ts';
import type { Clock } from '../clock.ts';
import type { EventKind } from '../event.ts';
import type { Logger } from '../logger.ts';
import type { Publisher } from '../publisher.ts';
import type { SharedStore } from './shared-store.ts';
import type { Trigger } from './trigger.ts';

/**
 * All that Sluice knows of one broker. A module that exports an `adapter` of this shape can be named in a manifest:
 * `[[trigger."@acme/sluice-sqs"]]`.
 *
 * The schemas describe the adapter's own keys only, in the manifest's spelling (snake_case, durations and sizes with units through the
 * readers that `#trigger` exports). The keys that every trigger has (name, component, concurrency, retry, dead_letter, ...) are the manifest's.
 */
export interface Adapter {
  /** The name in the manifest: `[[trigger.queue]]`, `type = "queue"`. Lower case letters, digits and dashes. */
  readonly type: string;
  /** One line for help texts. */
  readonly summary: string;
  /** Keys of `[connection.NAME]`. Absent: the adapter needs no connection. */
  readonly connection?: {
    readonly schema: ZodType;
    /** Where such a connection leads: two that have one in common reach the same data. Absent: only those with equal options do. */
    places?(options: unknown): readonly string[];
  };
  /** Keys of `[[trigger.TYPE]]`, and how to open one. */
  readonly trigger?: TriggerPart;
  /** Keys of `[output.NAME]`, and how to open one. */
  readonly output?: AdapterPart<Publisher>;
  /** Keys of `[store.NAME]`, and how to open one. */
  readonly store?: AdapterPart<SharedStore>;
}

export interface AdapterPart<Opened> {
  readonly schema: ZodType;
  /**
   * Opens it in one async step from checked options: nothing is ever half-open. Rejects with a SluiceError; aborting `signal` cancels it
   * and leaves nothing behind. `options` is the output of `schema`.
   */
  open(options: unknown, context: AdapterContext, signal: AbortSignal): Promise<Opened>;
  /**
   * Resolves when `open` would most likely succeed, and rejects with what it would reject with, for `sluice check`. Nothing is made or changed
   * at the broker, and others that read the source notice nothing. Absent: opening it and closing it again does no harm.
   */
  probe?(options: unknown, context: AdapterContext, signal: AbortSignal): Promise<void>;
}

export interface TriggerPart extends AdapterPart<Trigger> {
  /** Where events come from, for a reader and for `messaging.destination.name`: a queue, a subject, a topic, a schedule. */
  destination(options: unknown): string;
  /**
   * Whether such a trigger reads what an output publishes, as far as the options of both show. Both are of this adapter and use the same
   * connection. `ownLetters`: the output receives the trigger's own dead letters. Used to find circles before anything runs. Absent: unknown.
   */
  reads?(options: unknown, output: unknown, ownLetters: boolean): boolean;
  /** What its events are. Default: `message`. */
  readonly delivers?: EventKind;
  /** It takes the key `store` and is given that store, where replicas agree on what the state file would hold otherwise. */
  readonly takesStore?: true;
  /**
   * Opens a publisher into what such a trigger reads, for `sluice publish TRIGGER` and for replaying dead letters. Absent: the source can't
   * be written to.
   */
  openPublisher?(options: unknown, context: AdapterContext, signal: AbortSignal): Promise<Publisher>;
}

/** An output of the manifest, as its adapter knows it. */
export interface DeadLetterPlace {
  /** Of its adapter. */
  readonly type: string;
  /** Output of that adapter's schemas. */
  readonly options: unknown;
  readonly connection?: unknown;
}

/** What an adapter is given. */
export interface AdapterContext {
  /** The name of the trigger, output or store in the manifest. */
  readonly name: string;
  /** The checked `[connection.NAME]` that it refers to, output of `connection.schema`. */
  readonly connection?: unknown;
  /** Permits of this trigger: deliveries that may be unsettled at once. 1 for outputs and stores. */
  readonly concurrency: number;
  /** The longest that one call may take, in milliseconds: leases and acknowledgement waits are sized from it. */
  readonly deadlineMs: number;
  /** Total attempts of the retry policy; a source that counts deliveries itself must allow more than this. */
  readonly attempts: number;
  /** The `[store.NAME]` that the trigger names; closed by the caller. While it is away, its methods reject with a transient error. */
  readonly store?: SharedStore;
  /** The output that this trigger's dead letters go to, if they go to one: a source that is found by a pattern must not read it. */
  readonly deadLetter?: DeadLetterPlace;
  readonly state: StateFile;
  readonly clock: Clock;
  readonly log: Logger;
}
