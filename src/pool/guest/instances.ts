import { capabilities } from '../../capability/capabilities.ts';
import type { Capability, GuestHost } from '../../capability/capability.ts';
import { GlueBoundary } from '../../component/glue-boundary.ts';
import type { Contract } from '../../contract/contract.ts';
import type { ThreadStart } from '../wire/thread-messages.ts';
import { type Glue, Instance } from './instance.ts';
import { Occupancy } from './occupancy.ts';
import type { Reporter } from './reporter.ts';
import type { Requests } from './requests.ts';
import type { Run } from './run.ts';
import type { Turns } from './turns.ts';

/** What a guest may hand over at once in text and lists, beside what it may answer: see GlueBoundary. */
const LIFTED_BYTES = 64 * 2 ** 20;

/** What is the same for all instances of a thread. */
export interface InstanceOptions {
  readonly start: ThreadStart;
  readonly glue: Glue;
  readonly contract: Contract;
  readonly turns: Turns;
  readonly requests: Requests;
  readonly reporter: Reporter;
}

/** The instances of one thread: makes them, ahead of need where it can, and lets go of those that are used up. */
export class Instances {
  readonly #options: InstanceOptions;
  readonly #ready: Instance[] = [];
  #alive = 0;
  #refilling = false;

  constructor(options: InstanceOptions) {
    this.#options = options;
  }

  /** How many exist, those that run a call included. */
  get alive(): number {
    return this.#alive;
  }

  /** One that waits for a call. */
  take(): Instance | undefined {
    return this.#ready.pop();
  }

  /**
   * A new one, for `run` or ahead of need. `entering` comes just before the guest's start code, which may throw or never return; what it
   * says belongs to `run`.
   */
  async make(run: Run | undefined, entering: () => Promise<void> | void): Promise<Instance> {
    const { start, glue, contract } = this.#options;
    const occupancy = new Occupancy();
    try {
      const imports = await this.#bind(occupancy);
      await entering();
      occupancy.run = run;
      const boundary = new GlueBoundary(LIFTED_BYTES + 2 * start.outputBytes);
      const instance = new Instance(glue, start.component, imports, contract, occupancy, boundary, start.outputBytes);
      occupancy.run = undefined;
      this.#alive += 1;
      return instance;
    } catch (thrown) {
      occupancy.discard();
      throw thrown;
    }
  }

  /** A call on it has ended. It is used again, unless it has served its time. */
  release(instance: Instance): void {
    const { isolation, maxCalls } = this.#options.start;
    if (isolation === 'fresh' || instance.events >= maxCalls) this.discard(instance);
    else this.#ready.push(instance);
  }

  /** Never to be used again. */
  discard(instance: Instance): void {
    instance.occupancy.discard();
    this.#alive -= 1;
  }

  /** Makes one ahead of need. */
  async prepare(): Promise<Instance> {
    const instance = await this.make(undefined, () => {});
    this.#ready.push(instance);
    return instance;
  }

  /** Makes instances ahead while there is nothing else to do: all of them for fresh ones, else one. */
  async refill(): Promise<void> {
    if (this.#refilling) return;
    this.#refilling = true;
    const { isolation, instances } = this.#options.start;
    const wanted = isolation === 'fresh' ? instances : 1;
    try {
      while (this.#ready.length < wanted && this.#alive < instances) {
        await new Promise((resolve) => setImmediate(resolve));
        await this.prepare();
      }
    } catch {
      // The next call makes its own, and is told what is wrong.
    } finally {
      this.#refilling = false;
    }
  }

  async #bind(occupancy: Occupancy): Promise<Record<string, object>> {
    const imports: Record<string, object> = {};
    // One host for all imports of a family, so that they can share what belongs to the instance.
    const hosts = new Map<Capability, GuestHost>();
    for (const name of this.#options.start.component.imports) {
      const capability = capabilityFor(name);
      const host = hosts.get(capability) ?? this.#hostOf(capability, occupancy);
      hosts.set(capability, host);
      imports[name] = await capability.bind(name, host);
    }
    return imports;
  }

  #hostOf({ name }: Capability, occupancy: Occupancy): GuestHost {
    const { start, turns, requests, reporter } = this.#options;
    return {
      grants: start.grants,
      suspends: start.component.suspends,
      log(line) {
        const { run } = occupancy;
        const admitted = run?.admit(line);
        if (run !== undefined && admitted !== undefined) reporter.log(run.first, admitted);
      },
      afterCall: (step) => occupancy.afterCall(step),
      atDiscard: (step) => occupancy.atDiscard(step),
      request: (method, args) => turns.resumed(occupancy, requests.ask(name, method, args)),
      resumed: (pending) => turns.resumed(occupancy, pending),
    };
  }
}

function capabilityFor(importName: string): Capability {
  const found = capabilities.find((capability) => capability.provides(importName) !== undefined);
  if (found === undefined) throw new TypeError(`no capability provides ${importName}`);
  return found;
}
