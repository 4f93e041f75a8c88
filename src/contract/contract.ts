import type { GuestHost } from '../capability/capability.ts';
import type { OutputMessage } from '../outcome.ts';
import type { EventKind, TriggerEvent } from '../event.ts';

/** The event as a contract hands it to a guest. `headers` already hold the trace context. */
export interface GuestEvent extends TriggerEvent {
  readonly attempt: number;
}

/** A guest's answer. A trap is thrown; an answer of the wrong type throws MalformedAnswer. */
export type Answer =
  | { readonly kind: 'completed'; readonly messages: readonly OutputMessage[] }
  | { readonly kind: 'failed'; readonly reason: string; readonly afterMs?: number }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Calls one event's export on one instance. May return a promise when the component suspends. */
export type GuestCall = (event: GuestEvent) => Answer | Promise<Answer>;

/** Calls the export with a whole batch; answers are in the order of the events. */
export type GuestBatchCall = (events: readonly GuestEvent[]) => readonly Answer[] | Promise<readonly Answer[]>;

/** The host of a capability, by name, for the bound instance: resources that a contract lends to the guest belong to one host. */
export type Hosts = (capability: string) => GuestHost;

/**
 * The exported WIT interface through which events reach a component. Each family of contracts has one file. Pure data and functions, usable in any
 * thread.
 */
export interface Contract {
  /** `sluice:event/handler`. */
  readonly name: string;
  /** The kind of events that it was made for and is preferred for. Absent: any. */
  readonly madeFor?: EventKind;
  /** It lends resources to its guest, which change the instance. */
  readonly lends?: true;
  /** The parts of an event that it can't carry, as `inspect` prints them. Absent: none. */
  readonly lacks?: string;
  /** `fresh`: every event gets a new instance, whatever the manifest says. */
  readonly isolation?: 'fresh';
  /** The component's export that this contract calls, or `undefined` when it has none. `imports` includes interfaces that hold only types. */
  entry(exports: readonly string[], imports: readonly string[]): string | undefined;
  /** The function in `entry` that is called, as jco names async exports: `sluice:event/handler@0.1.0#handle`. */
  functionOf(entry: string): string;
  /** Binds to an instance's export `entry`, which is an object of functions or a function. Returns exactly one of the two. */
  bind(exported: unknown, hosts: Hosts): { readonly one: GuestCall } | { readonly many: GuestBatchCall };
}

/** The guest's answer has the wrong type. It costs the attempt and the instance. */
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
 * A function that a component exports outside of any interface: `handle-message`. It has neither a package nor a version, so the package of its
 * types identifies it: one of the imports is an interface of `typesFrom`, such as `fermyon:spin-cron/cron-types@2.0.0`.
 */
export function functionExport(
  name: string,
  typesFrom: RegExp,
): (exports: readonly string[], imports: readonly string[]) => string | undefined {
  return (exports, imports) =>
    exports.includes(name) && imports.some((each) => typesFrom.test(each)) ? name : undefined;
}
