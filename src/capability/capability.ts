import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { StateFile } from '../state/state-file.ts';
import type { ClientRequest, RequestSpan } from '../telemetry/telemetry.ts';
import type { SharedStore } from '../trigger/shared-store.ts';

/** An import as components name it, in its parts: `wasi:io/poll@0.2.6`. */
export interface InterfaceName {
  /** `wasi:io/poll`. */
  readonly path: string;
  /** `0.2.6`; empty when there is none. */
  readonly version: string;
}

export function interfaceName(importName: string): InterfaceName {
  const at = importName.indexOf('@');
  if (at < 0) return { path: importName, version: '' };
  return { path: importName.slice(0, at), version: importName.slice(at + 1) };
}

/** A folder of the host that a component may reach. */
export interface GrantedFolder {
  /** Where it was when Sluice started. */
  readonly host: string;
  readonly readonly: boolean;
  /**
   * The folder itself, held open from the start to the end of Sluice, in the process that the guests run in. A thread uses the descriptor of
   * its process. A child is given it when it is spawned, as one of `stdio`, and knows it by the index there.
   */
  readonly fd: number;
}

/** What the manifest lets a component reach. Everything else is denied. */
export interface Grants {
  readonly config: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** What a command finds as its arguments, its own name first. Default: none. */
  readonly args?: readonly string[];
  /** Names of key-value stores; `default` is the first that a guest asks for. */
  readonly keyvalue: readonly string[];
  /** By guest path. */
  readonly files: Readonly<Record<string, GrantedFolder>>;
  /** Origins that it may send HTTP requests to, as `allowedOrigin` reads them. */
  readonly http: readonly string[];
}

/** Levels of wasi:logging; stdout is `info`, stderr is `warn`. */
export type GuestLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'critical';

/** A line that a guest wrote. */
export interface GuestLog {
  readonly level: GuestLogLevel;
  readonly text: string;
  /** wasi:logging's context, or `stdout` / `stderr`. */
  readonly context: string;
}

/** What a capability is given inside a worker thread, for one instance. */
export interface GuestHost {
  readonly grants: Grants;
  /** Whether a call on this instance may be left suspended (`Component.suspends`). Otherwise a function that waits holds the thread. */
  readonly suspends: boolean;
  /** Belongs to the call that runs on this instance at that moment. Bounded by the pool; never throws. */
  log(record: GuestLog): void;
  /** Runs `step` once, when the call that runs now (else the next one) has ended in whatever way, and before its outcome is reported. */
  afterCall(step: () => void): void;
  /** Runs `step` once, when the instance is retired or discarded: what it holds open is closed then. */
  atDiscard(step: () => void): void;
  /** Asks this capability's service on the main thread; only from functions declared asynchronous. Arguments and result are cloned. */
  request(method: string, args: readonly unknown[]): Promise<unknown>;
  /** The same for what no guest waits for: settles in any turn, so that nothing that follows may resume a guest. */
  ask(method: string, args: readonly unknown[]): Promise<unknown>;
  /**
   * Settles as `pending` does, but in a turn of its own. A suspending function awaits everything through this (a timer, a file) except
   * `request`, which does so itself: what the guest does when it is resumed is then charged to its call, and to no other.
   */
  resumed<T>(pending: Promise<T>): Promise<T>;
}

/** What a capability's service is given on the main thread, for one component. */
export interface ServiceContext {
  readonly component: string;
  readonly grants: Grants;
  readonly state: StateFile;
  /** Stores that are not in the state file, by name. Default: none. */
  readonly stores?: ReadonlyMap<string, SharedStore>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when nothing runs here any more: what the service keeps open is closed then. Default: never. */
  readonly closed?: AbortSignal;
}

/** A call that is under way, as a service on the main thread sees it. */
export interface CallerCall {
  /** Runs `step` once, when the call has ended in whatever way; what is returned takes that back. */
  whenOver(step: () => void): () => void;
  /** A request that is sent during it. `undefined`: nobody traces it. */
  requesting(request: ClientRequest): RequestSpan | undefined;
}

/** On whose behalf a service is asked. */
export interface Caller {
  /** The thread that asks, or the child process; aborted when it has ended. Its questions come in order. */
  readonly gone: AbortSignal;
  /** Absent: no call runs on the instance, or not any more. */
  readonly call?: CallerCall | undefined;
}

/** The main thread's half of a capability. Rejections reach the guest's half as errors with the same message. */
export type CapabilityService = (method: string, args: readonly unknown[], caller: Caller) => Promise<unknown>;

/** One family of host interfaces. Each family has one file or folder. */
export interface Capability {
  /** `keyvalue`. */
  readonly name: string;
  /**
   * Whether this family provides the interface, and which of its functions can suspend (`[method]bucket.get`). `undefined`: not ours.
   * Which of them do for a given component is told by `provides` in capabilities.ts.
   */
  provides(importName: string): { readonly suspends: readonly string[] } | undefined;
  /**
   * In a worker: the implementation of one interface for one instance, as jco's generated code wants it. An interface without a grant
   * still links; it answers with the interface's own "denied" error where it has one, else it throws a NotGranted. A function that
   * suspends and has no `result` type must not throw: jco-transpile 0.15 would leave the call hanging.
   */
  bind(importName: string, host: GuestHost): Promise<object>;
  /** On main: one service a component. Absent: the capability lives in the worker alone. */
  serve?(context: ServiceContext): CapabilityService;
  /**
   * Its service answers when the world does, and bounds itself what is open: such questions don't count among those that a child process may
   * have open at once.
   */
  readonly waitsOutside?: true;
}

/** A guest called an import that the manifest does not grant; the message names the missing grant. */
export class NotGranted extends Error {
  override readonly name = 'NotGranted';
}

/** A guest ended itself (wasi:cli/exit). Only a command answers an event that way. */
export class GuestExit extends Error {
  override readonly name = 'GuestExit';
  readonly status: number;

  constructor(status: number) {
    super(`the component ended itself with status ${status}`);
    this.status = status;
  }
}

/** A host function throws this to return the `err` of its WIT result: jco's generated code reads `payload`. */
export class WitError<Payload> extends Error {
  override readonly name = 'WitError';
  readonly payload: Payload;

  constructor(payload: Payload) {
    super(typeof payload === 'string' ? payload : 'the error of a WIT result');
    this.payload = payload;
  }
}

/** Interfaces of one package by their name without version, each made for one instance as jco's generated code wants it. */
export type Interfaces = Readonly<Record<string, (host: GuestHost) => object>>;
