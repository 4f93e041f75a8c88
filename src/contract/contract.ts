import type { GuestHost } from '../capability/capability.ts';
import type { OutputMessage } from '../outcome.ts';
import type { EventKind, TriggerEvent } from '../event.ts';

/** The event as a contract hands it to a guest. `headers` already hold the trace context. */
export interface GuestEvent extends TriggerEvent {
  readonly attempt: number;
}

/** What a guest answered. A trap is thrown, anything that is no answer is a MalformedAnswer. */
export type Answer =
  | { readonly kind: 'completed'; readonly messages: readonly OutputMessage[] }
  | { readonly kind: 'failed'; readonly reason: string; readonly afterMs?: number }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Calls one event's export on one instance. May return a promise when the component suspends. */
export type GuestCall = (event: GuestEvent) => Answer | Promise<Answer>;

/** Calls the export with a whole batch; answers are in the order of the events. */
export type GuestBatchCall = (events: readonly GuestEvent[]) => readonly Answer[] | Promise<readonly Answer[]>;

/** The host of a capability, by its name, for the instance that is bound: what a contract lends to the guest belongs to one. */
export type Hosts = (capability: string) => GuestHost;

/** The exported WIT interface through which events reach a component. Each family of them has one file. Pure data and functions, usable in any thread. */
export interface Contract {
  /** `sluice:event/handler`. */
  readonly name: string;
  /** The events that it was made for: it is preferred for those. Absent: any. */
  readonly madeFor?: EventKind;
  /** It lends resources to its guest, so that an instance is not what it was before a call. */
  readonly lends?: true;
  /** What of an event it has no place for, as inspect tells it. Absent: nothing. */
  readonly lacks?: string;
  /** `fresh`: every event gets a new instance, whatever the manifest says. */
  readonly isolation?: 'fresh';
  /** The component's export that this contract calls, or `undefined` when it has none. `imports`: those that are only types, too. */
  entry(exports: readonly string[], imports: readonly string[]): string | undefined;
  /** The function in `entry` that is called, as jco names async exports: `sluice:event/handler@0.1.0#handle`. */
  functionOf(entry: string): string;
  /** Binds to what an instance exports as `entry`, an object of functions or one function. Exactly one of the two results. */
  bind(exported: unknown, hosts: Hosts): { readonly one: GuestCall } | { readonly many: GuestBatchCall };
}

/** The guest answered with something that is no answer: it costs the attempt, and the instance. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/**
 * The newest export that is the interface `name` in a version compatible with `version`: `0.1` admits 0.1.0 and 0.1.7, as semantic
 * versioning has it below 1.0. An export without a version, or of a draft, is another interface.
 */
export function compatibleExport(exports: readonly string[], name: string, version: string): string | undefined {
  const prefix = `${name}@${version}.`;
  const releaseOf = (entry: string): number => Number(entry.slice(prefix.length));
  const releases = exports.filter((entry) => entry.startsWith(prefix) && /^\d+$/.test(entry.slice(prefix.length)));
  return releases.toSorted((a, b) => releaseOf(b) - releaseOf(a))[0];
}

/**
 * A function that a component exports by itself, outside of any interface: `handle-message`. It has neither a package nor a version, so the
 * package of the types that it uses tells whose it is: one of the imports is an interface of `typesFrom`, such as `fermyon:spin-cron/cron-types@2.0.0`.
 */
export function functionExport(
  name: string,
  typesFrom: RegExp,
): (exports: readonly string[], imports: readonly string[]) => string | undefined {
  return (exports, imports) =>
    exports.includes(name) && imports.some((each) => typesFrom.test(each)) ? name : undefined;
}
