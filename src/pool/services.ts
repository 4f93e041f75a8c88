import type { Caller, Capability, CapabilityService, ServiceContext } from '../capability/capability.ts';
import { reasonOf } from '../errors.ts';
import type { FromThread, ServiceAnswer } from './wire/thread-messages.ts';

/** The main thread's half of the capabilities of one component: one service each, made when it is first asked. */
export class Services {
  readonly #capabilities: readonly Capability[];
  readonly #context: ServiceContext;
  readonly #services = new Map<string, CapabilityService>();

  constructor(capabilities: readonly Capability[], context: ServiceContext) {
    this.#capabilities = capabilities;
    this.#context = context;
  }

  /** Never rejects: what goes wrong is for the guest to hear. */
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
