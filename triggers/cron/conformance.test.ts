import { test } from 'node:test';
import { type Message, type Publisher, StateFile, type Trigger } from '#trigger';
import { adapterContext, conformance, ManualClock, type Rig } from '../../src/trigger/conformance/index.ts';
import { cronOptions } from './options.ts';
import { runPublisher } from './run-request.ts';
import { LEASE_MS } from './slot-lease.ts';
import { SlotRecords } from './slot-records.ts';
import { addSlot } from './slot-table.ts';
import { AFTER_COMMIT_MS, CronTrigger } from './trigger.ts';

/** A trigger that runs once a year of its own accord, and otherwise when it is asked to. */
class CronRig implements Rig {
  readonly #clock = new ManualClock();
  readonly #state = StateFile.open(':memory:');
  #fed = 0;

  async openTrigger(): Promise<Trigger> {
    const options = cronOptions.parse({ schedule: '@yearly', overlap: 'allow' });
    const owners = { self: 'this process', gone: () => false };
    return CronTrigger.open(options, adapterContext(this.#state, { clock: this.#clock }), owners);
  }

  async feed(messages: readonly Message[]): Promise<void> {
    const time = this.#clock.now();
    await this.#state.write((db) => {
      for (const message of messages) {
        const id = `fed-${(this.#fed += 1)}`;
        addSlot(db, 'conformance', { ...message, id, time, run: 'manual' }, time);
      }
    });
    // Whoever waits notices the commit, and looks a little later.
    await new Promise((resolve) => setImmediate(resolve));
    this.#clock.advance(AFTER_COMMIT_MS);
  }

  /** Its holds are not extended any more. */
  async crash(trigger: Trigger): Promise<void> {
    await trigger[Symbol.asyncDispose]();
    this.#clock.advance(LEASE_MS);
  }

  async pass(ms: number): Promise<void> {
    this.#clock.advance(ms);
  }

  async openPublisher(): Promise<Publisher> {
    return runPublisher(this.#state, 'other', () => this.#clock.now());
  }

  async published(): Promise<readonly Message[]> {
    const slots = new SlotRecords(this.#state, 'other').ready(this.#clock.now(), 1000);
    return slots.map(({ data = new Uint8Array(), headers = [] }) => ({ data, headers }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#state[Symbol.asyncDispose]();
  }
}

conformance(test, {
  name: 'cron',
  cannot: { 'choose-key': 'a schedule has no keys' },
  quietMs: 20,
  setUp: async () => new CronRig(),
});
