import type { MessagePort } from 'node:worker_threads';
import type { Caller, Capability, CapabilityService, ServiceContext } from '../../capability/capability.ts';
import { reasonOf } from '../../errors.ts';
import type { FromThread, ServiceAnswer, ToThread } from './thread-messages.ts';

/** In a thread: requests of capabilities to their services on main. */
export class Requests {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** `call`: number of the call that runs on the instance; 0 for none. */
  async ask(capability: string, call: number, method: string, args: readonly unknown[]): Promise<unknown> {
    const request = ++this.#last;
    const message: FromThread = { kind: 'request', request, call, capability, method, args };
    this.#port.postMessage(message);
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(request, pending);
    return pending.promise;
  }

  answer(message: Extract<ToThread, { kind: 'reply' | 'refusal' }>): void {
    const pending = this.#pending.get(message.request);
    this.#pending.delete(message.request);
    if (message.kind === 'reply') pending?.resolve(message.value);
    else pending?.reject(new Error(message.reason));
  }
}

/** On main: the services of the capabilities of one component, each made at its first request. */
export class Services {
  readonly #capabilities: readonly Capability[];
  readonly #context: ServiceContext;
  readonly #services = new Map<string, CapabilityService>();

  constructor(capabilities: readonly Capability[], context: ServiceContext) {
    this.#capabilities = capabilities;
    this.#context = context;
  }

  /** Never rejects: the guest gets the error. */
  async answer(
    { request, capability, method, args }: Extract<FromThread, { kind: 'request' }>,
    caller: Caller,
  ): Promise<ServiceAnswer> {
    try {
      return { kind: 'reply', request, value: await this.#serviceOf(capability)(method, args, caller) };
    } catch (thrown) {
      return { kind: 'refusal', request, reason: reasonOf(thrown) };
    }
  }

  #serviceOf(name: string): CapabilityService {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const service = this.#capabilities.find((each) => each.name === name)?.serve?.(this.#context);
    if (service === undefined) throw new TypeError(`capability ${name} serves nothing`);
    this.#services.set(name, service);
    return service;
  }
}
