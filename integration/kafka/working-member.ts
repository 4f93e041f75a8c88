import { setTimeout as sleep } from 'node:timers/promises';
import { type SluiceError, type Trigger, settleOne } from '#trigger';
import { textOf } from '../deliveries.ts';

/** What a few records take, in milliseconds. */
const WORK_MS = 5;

/** A member of a group that accepts what it gets, a few records at a time, until it leaves or its trigger fails. */
export class WorkingMember {
  readonly #trigger: Trigger;
  readonly #leaving = new AbortController();
  readonly #accepted: string[] = [];
  readonly #working: Promise<void>;
  #failure: unknown;
  #tooLate = 0;

  constructor(trigger: Trigger) {
    this.#trigger = trigger;
    this.#working = this.#work().catch((thrown: unknown) => {
      this.#failure = thrown;
    });
  }

  /** Texts of what it accepted in time. */
  get accepted(): readonly string[] {
    return this.#accepted;
  }

  /** Settlements that were refused because another member had the partition by then. */
  get tooLate(): number {
    return this.#tooLate;
  }

  /** Resolves when its trigger failed, with why. */
  async failed(): Promise<unknown> {
    await this.#working;
    return this.#failure;
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.#working;
    await this.#trigger[Symbol.asyncDispose]();
  }

  async #work(): Promise<void> {
    while (!this.#leaving.signal.aborted) {
      const deliveries = await this.#trigger.take(20, this.#leaving.signal);
      await sleep(WORK_MS);
      for (const delivery of deliveries) {
        try {
          await settleOne(this.#trigger, delivery, { kind: 'accept' });
          this.#accepted.push(textOf(delivery));
        } catch (thrown) {
          if ((thrown as SluiceError).code !== 'SLU3003') throw thrown;
          this.#tooLate += 1;
        }
      }
    }
  }
}
