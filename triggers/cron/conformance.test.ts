import { describe, test } from 'node:test';
import { type AdapterContext, type Message, type Publisher, StateFile, type Trigger } from '#trigger';
import {
  adapterContext,
  conformance,
  ManualClock,
  MemoryBroker,
  type Rig,
} from '../../src/trigger/conformance/index.ts';
import { openSlots } from './slots/open-slots.ts';
import { cronOptions } from './options.ts';
import { runPublisher } from './run-request.ts';
import { AFTER_COMMIT_MS } from './slots/state-records.ts';
import { CronTrigger } from './trigger.ts';

const options = cronOptions.parse({ schedule: '@yearly', overlap: 'allow' });
const { leaseMs } = options;
const cannot = {
  'choose-key': 'a schedule has no keys',
  silence: 'its state is in memory; integration/semantics/silent-source.test.ts locks a file',
  refuse: 'a schedule takes every request',
};
const owners = { self: 'this process', gone: () => false };

/** A trigger that runs once a year of its own accord, and otherwise when it is asked to. */
class CronRig implements Rig {
  readonly #clock = new ManualClock();
  readonly #state = StateFile.open(':memory:');
  readonly #broker: MemoryBroker | undefined;

  constructor(broker?: MemoryBroker) {
    this.#broker = broker;
  }

  async openTrigger(): Promise<Trigger> {
    return CronTrigger.open(options, this.#context(), owners);
  }

  async feed(messages: readonly Message[]): Promise<void> {
    await using publisher = await runPublisher(this.#context());
    await publisher.publish(messages, new AbortController().signal);
    // Whoever waits notices the commit, and looks a little later.
    await new Promise((resolve) => setImmediate(resolve));
    this.#clock.advance(AFTER_COMMIT_MS);
  }

  /** Its holds are not extended any more. */
  async crash(trigger: Trigger): Promise<void> {
    await trigger[Symbol.asyncDispose]();
    this.#clock.advance(leaseMs);
  }

  async pass(ms: number): Promise<void> {
    this.#clock.advance(ms);
  }

  async openPublisher(): Promise<Publisher> {
    return runPublisher(this.#context('other'));
  }

  async published(): Promise<readonly Message[]> {
    await using slots = await openSlots(options, this.#context('other'), owners);
    const { records } = slots;
    const found = await Promise.all(records.ready(this.#clock.now(), 1000).map((id) => records.get(id)));
    return found.map((slot) => ({ data: new Uint8Array(), headers: [], ...slot }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#state[Symbol.asyncDispose]();
  }

  #context(name = 'conformance'): AdapterContext {
    const store = this.#broker?.connect();
    return adapterContext(this.#state, { name, clock: this.#clock, ...(store === undefined ? {} : { store }) });
  }
}

describe('cron, in the state file', () => {
  conformance(test, {
    name: 'cron',
    cannot,
    quietMs: 20,
    setUp: async () => new CronRig(),
  });
});

/** Replicas on machines of their own. Who opens the trigger after a crash has to watch for the length of the lease. */
class SharedCronRig extends CronRig {
  #crashed = false;

  constructor() {
    super(new MemoryBroker());
  }

  override async openTrigger(): Promise<Trigger> {
    const trigger = await super.openTrigger();
    for (let ms = 0; this.#crashed && ms <= leaseMs; ms += 1000) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.pass(1000);
    }
    return trigger;
  }

  override async crash(trigger: Trigger): Promise<void> {
    this.#crashed = true;
    await super.crash(trigger);
  }
}

describe('cron, in a shared store', () => {
  conformance(test, {
    name: 'cron',
    cannot,
    quietMs: 20,
    setUp: async () => new SharedCronRig(),
  });
});
