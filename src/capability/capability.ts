import type { Clock } from '../clock.ts';
import type { Message } from '../event.ts';
import type { Logger } from '../logger.ts';
import type { PublishGrant } from '../publish-grant.ts';
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
  /** Its path when Sluice started. */
  readonly host: string;
  readonly readonly: boolean;
  /**
   * The descriptor of the folder, open as long as Sluice runs, in the process that runs the guests. A thread uses the descriptor of its process. A
   * child process inherits it through `stdio`; there, this is its index.
   */
  readonly fd: number;
}

/** A component's grants. Everything else is denied. */
export interface Grants {
  readonly config: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** The arguments of a command, its own name first. Default: none. */
  readonly args?: readonly string[];
  /** Names of key-value stores; `default` is the first that a guest asks for. */
  readonly keyvalue: readonly string[];
  /** By guest path. */
  readonly files: Readonly<Record<string, GrantedFolder>>;
  /** Origins that it may send HTTP requests to, as `allowedOrigin` reads them. */
  readonly http: readonly string[];
  /** Outputs that it may publish to while it runs. */
  readonly publish: PublishGrant;
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

/** The context of a capability in a worker thread, for one instance. */
export interface GuestHost {
  readonly grants: Grants;
  /** Whether a call on this instance may be left suspended (`Component.suspends`). Otherwise a function that waits holds the thread. */
  readonly suspends: boolean;
  /** Logs a line for the call that runs on this instance now. The pool bounds the lines; never throws. */
  log(record: GuestLog): void;
  /** Runs `step` once, after the current call (or, if there is none, the next one) has ended in any way, and before its outcome is reported. */
  afterCall(step: () => void): void;
  /** Runs `step` once, when the instance is retired or discarded. Close what it holds open there. */
  atDiscard(step: () => void): void;
  /** Asks this capability's service on the main thread; only from functions declared asynchronous. Arguments and result are cloned. */
  request(method: string, args: readonly unknown[]): Promise<unknown>;
  /** The same for a question that no guest waits for. It settles in any turn, so code that follows it must not resume a guest. */
  ask(method: string, args: readonly unknown[]): Promise<unknown>;
  /**
   * Settles as `pending` does, but in a separate turn. A suspending function awaits everything through this (a timer, a file), except `request`,
   * which does so itself. So what a resumed guest does is charged to its own call.
   */
  resumed<T>(pending: Promise<T>): Promise<T>;
}

/** The context of a capability's service on the main thread, for one component. */
export interface ServiceContext {
  readonly component: string;
  readonly grants: Grants;
  readonly state: StateFile;
  /** Stores that are not in the state file, by name. Default: none. */
  readonly stores?: ReadonlyMap<string, SharedStore>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Limit of what one call publishes while it runs, in bytes as `outputBytes` of outcome.ts counts them. Default: 8 MiB. */
  readonly outputBytes?: number;
  /** Aborted when the component's pools have ended; the service then closes what it holds open. Default: never. */
  readonly closed?: AbortSignal;
}

/** A call that is under way, as a service on the main thread sees it. */
export interface CallerCall {
  /** Runs `step` once, when the call has ended in any way. Call the returned function to withdraw it. */
  whenOver(step: () => void): () => void;
  /** Starts the span of a request that the call sends. `undefined`: the call is not traced. */
  requesting(request: ClientRequest): RequestSpan | undefined;
  /**
   * Publishes to an output of the manifest on behalf of its event. Resolves when the output has confirmed it; rejects as `Publisher.publish`
   * does, and when `signal` is aborted.
   */
  publish(output: string, message: Message, signal: AbortSignal): Promise<void>;
}

/** Who asks a service. */
export interface Caller {
  /** Stands for the thread or child process that asks; aborted when that has ended. Its questions arrive in order. */
  readonly gone: AbortSignal;
  /** Absent: no call runs on the instance, or it has ended. */
  readonly call?: CallerCall | undefined;
}

/** The main thread's half of a capability. Rejections reach the guest's half as errors with the same message. */
export type CapabilityService = (method: string, args: readonly unknown[], caller: Caller) => Promise<unknown>;

/** One family of host interfaces. Each family has one file or folder. */
export interface Capability {
  /** `keyvalue`. */
  readonly name: string;
  /**
   * Whether this family provides the interface, and which of its functions can suspend (`[method]bucket.get`). `undefined`: it does not. `provides`
   * in capabilities.ts decides which of them do suspend for a given component.
   */
  provides(importName: string): { readonly suspends: readonly string[] } | undefined;
  /**
   * In a worker: the implementation of one interface for one instance, as jco's generated code wants it. An interface without a grant
   * still links; it answers with the interface's own "denied" error where it has one, else it throws a NotGranted. A function that
   * suspends and has no `result` type must not throw: jco-transpile 0.15 would leave the call hanging.
   */
  bind(importName: string, host: GuestHost): Promise<object>;
  /** On main: makes the service of one component. Absent: the capability needs nothing on main. */
  serve?(context: ServiceContext): CapabilityService;
  /**
   * Its service waits for the outside world and limits its open questions itself. They don't count towards the questions that a child process may
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
