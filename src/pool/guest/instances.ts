import { capabilities } from '../../capability/capabilities.ts';
import type { Capability, GuestHost } from '../../capability/capability.ts';
import { stubFor } from '../../capability/stub.ts';
import { GlueBoundary } from '../../component/glue/glue-boundary.ts';
import type { Contract, Hosts } from '../../contract/contract.ts';
import type { ThreadStart } from '../wire/thread-messages.ts';
import { FirstState, type Snapshot } from './first-state.ts';
import { type Glue, Instance, Occupancy } from './instance.ts';
import type { Reporter } from './reporter.ts';
import type { Requests } from '../wire/requests.ts';
import type { Run } from './run.ts';
import type { Turns } from './turns.ts';

/** What a guest may hand over at once in text and lists, beside its answer: see GlueBoundary. */
const LIFTED_BYTES = 64 * 2 ** 20;

/** What all instances of a thread share. */
export interface InstanceOptions {
  readonly start: ThreadStart;
  readonly glue: Glue;
  readonly contract: Contract;
  readonly turns: Turns;
  readonly requests: Requests;
  readonly reporter: Reporter;
}

/** The instances of one thread: makes them, in advance where it can, and discards those that are used up. */
export class Instances {
  readonly #options: InstanceOptions;
  readonly #ready: Instance[] = [];
  /** Instances of `fresh` isolation after their call; they are reset before the next. */
  readonly #used: Instance[] = [];
  /** What they are reset to: one snapshot for all, so that a thread keeps one copy of their memory. */
  #first: Snapshot | undefined;
  /** Whether the last fresh instance could not be reset. */
  #makesAnew = false;
  #alive = 0;
  #refilling = false;

  constructor(options: InstanceOptions) {
    this.#options = options;
  }

  /** How many exist, those that run a call included. */
  get alive(): number {
    return this.#alive;
  }

  /** An instance that is ready, or can be reset at once. */
  take(): Instance | undefined {
    while (this.#ready.length === 0 && this.#used.length > 0) this.#reset();
    return this.#ready.pop();
  }

  /**
   * Makes an instance, for `run` or in advance. `entering` is called just before the guest's start code, which may throw or never return; what
   * that logs belongs to `run`.
   */
  async make(run: Run | undefined, entering: () => Promise<void> | void): Promise<Instance> {
    const { start, glue, contract } = this.#options;
    const occupancy = new Occupancy();
    try {
      const hosts = this.#hostsOf(occupancy);
      const imports = await this.#bind(hosts, this.#logOf(occupancy));
      await entering();
      occupancy.run = run;
      const state = start.isolation === 'fresh' && start.component.resettable ? new FirstState() : undefined;
      const boundary = new GlueBoundary(LIFTED_BYTES + 2 * start.outputBytes, state);
      const instance = new Instance(
        glue,
        start.component,
        imports,
        contract,
        hosts,
        occupancy,
        boundary,
        start.outputBytes,
      );
      occupancy.run = undefined;
      if (state !== undefined) this.#noteFirst(instance, state);
      this.#alive += 1;
      return instance;
    } catch (thrown) {
      occupancy.discard();
      throw thrown;
    }
  }

  /** A call on it has ended in an answer. It is used again, unless it has reached its limit of calls. */
  release(instance: Instance): void {
    const { isolation, maxCalls } = this.#options.start;
    const isFresh = isolation === 'fresh';
    if (isFresh) this.#makesAnew = instance.firstState?.isWithinReach !== true;
    if (instance.events >= maxCalls || (isFresh && this.#makesAnew)) this.discard(instance);
    else if (isFresh) this.#used.push(instance);
    else this.#ready.push(instance);
  }

  /** Never to be used again. */
  discard(instance: Instance): void {
    instance.occupancy.discard();
    this.#alive -= 1;
  }

  /** Makes one in advance. */
  async prepare(): Promise<Instance> {
    const instance = await this.make(undefined, () => {});
    this.#ready.push(instance);
    return instance;
  }

  /** Makes instances in advance while there is nothing else to do: all of them if they are fresh and can't be reset, else one. */
  async refill(): Promise<void> {
    if (this.#refilling) return;
    this.#refilling = true;
    try {
      while (this.#used.length > 0 || this.#lacks) {
        await new Promise((resolve) => setImmediate(resolve));
        if (this.#used.length > 0) this.#reset();
        else if (this.#lacks) await this.prepare();
      }
    } catch {
      // The next call makes its own instance, and gets the error.
    } finally {
      this.#refilling = false;
    }
  }

  get #lacks(): boolean {
    const { instances } = this.#options.start;
    return this.#ready.length < (this.#makesAnew ? instances : 1) && this.#alive < instances;
  }

  /** All instances are reset to the first state of the thread's first one; one that began in another state is never reset. */
  #noteFirst(instance: Instance, state: FirstState): void {
    this.#first ??= state.snapshot();
    if (this.#first !== undefined && state.beginsAs(this.#first)) instance.firstState = state;
  }

  #reset(): void {
    const instance = this.#used.pop();
    if (instance?.firstState?.reset()) this.#ready.push(instance);
    else if (instance !== undefined) this.discard(instance);
  }

  async #bind(hosts: Hosts, log: GuestHost['log']): Promise<Record<string, object>> {
    const imports: Record<string, object> = {};
    const { imports: names, stubs } = this.#options.start.component;
    for (const name of names) {
      const stub = stubs[name];
      if (stub !== undefined) {
        imports[name] = stubFor(name, stub, { log });
        continue;
      }
      const capability = capabilityFor(name);
      imports[name] = await capability.bind(name, hosts(capability.name));
    }
    return imports;
  }

  /** One host for all imports of a family, so that they can share the state of the instance. */
  #hostsOf(occupancy: Occupancy): Hosts {
    const hosts = new Map<string, GuestHost>();
    return (capability) => {
      const host = hosts.get(capability) ?? this.#hostOf(capability, occupancy);
      hosts.set(capability, host);
      return host;
    };
  }

  #logOf(occupancy: Occupancy): GuestHost['log'] {
    const { reporter } = this.#options;
    return (line) => {
      const { run } = occupancy;
      const admitted = run?.admit(line);
      if (run !== undefined && admitted !== undefined) reporter.log(run.first, admitted);
    };
  }

  #hostOf(name: string, occupancy: Occupancy): GuestHost {
    const { start, turns, requests } = this.#options;
    const ask: GuestHost['ask'] = (method, args) => requests.ask(name, occupancy.run?.first ?? 0, method, args);
    return {
      grants: start.grants,
      suspends: start.component.suspends,
      log: this.#logOf(occupancy),
      afterCall: (step) => occupancy.afterCall(step),
      atDiscard: (step) => occupancy.atDiscard(step),
      request: (method, args) => turns.resumed(occupancy, ask(method, args)),
      ask,
      resumed: (pending) => turns.resumed(occupancy, pending),
    };
  }
}

function capabilityFor(importName: string): Capability {
  const found = capabilities.find((capability) => capability.provides(importName) !== undefined);
  if (found === undefined) throw new TypeError(`no capability provides ${importName}`);
  return found;
}
