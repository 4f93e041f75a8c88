import type { ZodType } from 'zod';
import type { StateFile } from '../state/state-file.ts';
import type { Clock } from '../clock.ts';
import type { EventKind } from '../event.ts';
import type { Logger } from '../logger.ts';
import type { Publisher } from '../publisher.ts';
import type { SharedStore } from './shared-store.ts';
import type { Trigger } from './trigger.ts';

/**
 * Everything that Sluice knows about one broker. A manifest can name a module that exports an `adapter` of this shape:
 * `[[trigger."@acme/sluice-sqs"]]`.
 *
 * The schemas describe the adapter's own keys only, in the manifest's spelling (snake_case, durations and sizes with units through the readers that
 * `#trigger` exports). The manifest itself handles the keys that every trigger has (name, component, concurrency, retry, dead_letter, ...).
 */
export interface Adapter {
  /** The name in the manifest: `[[trigger.queue]]`, `type = "queue"`. Lower case letters, digits and dashes. */
  readonly type: string;
  /** One line for help texts. */
  readonly summary: string;
  /** Keys of `[connection.NAME]`. Absent: the adapter needs no connection. */
  readonly connection?: {
    readonly schema: ZodType;
    /**
     * The places to which such a connection leads: two connections with a common place reach the same data. Absent: only connections with equal
     * options do.
     */
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
   * Opens it in one async step from checked options; it is never left half-open. Rejects with a SluiceError. Aborting `signal` cancels it and leaves
   * nothing behind. `options` is the output of `schema`.
   */
  open(options: unknown, context: AdapterContext, signal: AbortSignal): Promise<Opened>;
  /**
   * For `sluice check`: resolves if `open` would most likely succeed, and rejects as `open` would. It creates and changes nothing at the broker, and
   * other readers of the source notice nothing. Absent: opening and closing it does no harm.
   */
  probe?(options: unknown, context: AdapterContext, signal: AbortSignal): Promise<void>;
}

export interface TriggerPart extends AdapterPart<Trigger> {
  /** The name of the source, for people and for `messaging.destination.name`: a queue, a subject, a topic, a schedule. */
  destination(options: unknown): string;
  /**
   * Whether such a trigger reads what an output publishes, as far as the options of both show. Both are of this adapter and use the same
   * connection. `ownLetters`: the output receives the trigger's own dead letters. Used to find circles before anything runs. Absent: unknown.
   */
  reads?(options: unknown, output: unknown, ownLetters: boolean): boolean;
  /** The kind of its events. Default: `message`. */
  readonly delivers?: EventKind;
  /** Whether it takes the key `store`, and opens with that store: replicas agree there on what the state file would hold otherwise. */
  readonly takesStore?: true;
  /** Opens a publisher into the trigger's source, for `sluice publish TRIGGER` and for replaying dead letters. Absent: the source is read-only. */
  openPublisher?(options: unknown, context: AdapterContext, signal: AbortSignal): Promise<Publisher>;
}

/** An output of the manifest, with its adapter's options. */
export interface DeadLetterPlace {
  /** The type of its adapter. */
  readonly type: string;
  /** Output of that adapter's schemas. */
  readonly options: unknown;
  readonly connection?: unknown;
}

/** The context in which an adapter opens something. */
export interface AdapterContext {
  /** The name of the trigger, output or store in the manifest. */
  readonly name: string;
  /** The checked `[connection.NAME]` that it refers to, output of `connection.schema`. */
  readonly connection?: unknown;
  /** Permits of this trigger: deliveries that may be unsettled at once. 1 for outputs and stores. */
  readonly concurrency: number;
  /** Time limit of one call, in milliseconds; leases and acknowledgement waits are sized from it. */
  readonly deadlineMs: number;
  /** Total attempts of the retry policy; a source that counts deliveries itself must allow more than this. */
  readonly attempts: number;
  /** The `[store.NAME]` that the trigger names; closed by the caller. While it is away, its methods reject with a transient error. */
  readonly store?: SharedStore;
  /** The output of this trigger's dead letters, if there is one: a source that is found by a pattern must not read it. */
  readonly deadLetter?: DeadLetterPlace;
  readonly state: StateFile;
  readonly clock: Clock;
  readonly log: Logger;
}
