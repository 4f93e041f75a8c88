import { closeSync, openSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { Message } from '../../event.ts';
import type { Caller, CapabilityService, GrantedFolder, Grants, GuestHost, GuestLog } from '../capability.ts';

const nothingGranted: Grants = { config: {}, env: {}, keyvalue: [], files: {}, http: [], publish: {} };

/** Requests made outside of any call. */
export const nobody: Caller = { gone: new AbortController().signal };

export interface LoneInstanceOptions {
  readonly grants?: Partial<Grants>;
  readonly suspends?: boolean;
  /** The main thread's half. */
  readonly service?: CapabilityService;
}

/** A host for one instance that runs in no pool: capabilities are tested in it. */
export class LoneInstance implements GuestHost {
  readonly grants: Grants;
  readonly suspends: boolean;
  /** The guest's log lines. */
  readonly lines: GuestLog[] = [];
  /** Messages that its calls have published. */
  readonly published: { readonly output: string; readonly message: Message }[] = [];
  readonly #service: CapabilityService | undefined;
  readonly #caller: Caller;
  readonly #afterCall: (() => void)[] = [];
  readonly #atDiscard: (() => void)[] = [];

  constructor({ grants = {}, suspends = false, service }: LoneInstanceOptions = {}) {
    this.grants = { ...nothingGranted, ...grants };
    this.suspends = suspends;
    this.#service = service;
    const whenOver = (step: () => void): (() => void) => {
      this.afterCall(step);
      return () => {};
    };
    const publish = async (output: string, message: Message): Promise<void> => {
      this.published.push({ output, message });
    };
    this.#caller = { ...nobody, call: { whenOver, requesting: () => undefined, publish } };
  }

  log(record: GuestLog): void {
    this.lines.push(record);
  }

  afterCall(step: () => void): void {
    this.#afterCall.push(step);
  }

  atDiscard(step: () => void): void {
    this.#atDiscard.push(step);
  }

  /** As between threads, arguments are cloned, and of an error only the message arrives. */
  async request(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#service === undefined) throw new TypeError(`there is no service for ${method}`);
    return structuredClone(await this.#service(method, structuredClone(args), this.#caller));
  }

  /** The answer, too, arrives in another turn. */
  async ask(method: string, args: readonly unknown[]): Promise<unknown> {
    const answer = await this.request(method, args);
    await new Promise((resolve) => setImmediate(resolve));
    return answer;
  }

  resumed<T>(pending: Promise<T>): Promise<T> {
    return pending;
  }

  endCall(): void {
    for (const step of this.#afterCall.splice(0)) step();
  }

  discard(): void {
    for (const step of this.#atDiscard.splice(0)) step();
  }
}

/** A grant of a folder, which is held open until the test is over. */
export function heldFolder(t: TestContext, host: string, readonly: boolean): GrantedFolder {
  const fd = openSync(host, 'r');
  t.after(() => closeSync(fd));
  return { host, readonly, fd };
}
