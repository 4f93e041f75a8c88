import { randomInt } from 'node:crypto';
import {
  type AdapterContext,
  type Backlog,
  type Delivery,
  type Publisher,
  SluiceError,
  type Trigger,
  type TriggerSupports,
} from '#trigger';
import { type LeaseTerms, QueueDelivery } from './delivery.ts';
import type { QueueTriggerOptions } from './options.ts';
import { QueuePublisher } from './publisher.ts';
import { QueueFile } from './queue-file.ts';

/** How often a trigger that has nothing to do looks whether the process of another one is gone. */
const LOOK_FOR_GONE_MS = 1000;
/** Exclusive bound of a token: the largest that randomInt can give. */
const TOKENS = 2 ** 48 - 1;

/** Hands out the items of one queue. Several triggers, in any processes of one machine, may share a queue: each item is held by one. */
export class QueueTrigger implements Trigger {
  readonly supports: TriggerSupports;
  readonly #terms: LeaseTerms;
  readonly #owner: number;
  readonly #closing = new AbortController();
  #taking: Promise<unknown> | undefined;
  #hasOthers = false;
  #lookedAt = -Infinity;
  #closed: Promise<void> | undefined;

  static async open(options: QueueTriggerOptions, context: AdapterContext, signal: AbortSignal): Promise<QueueTrigger> {
    const { state, clock, log } = context;
    const file = QueueFile.of(state);
    const { number, owner } = await state.write(() => {
      const number = file.numberOf(options.queue);
      file.lanes.setOrdered(number, options.order === 'key');
      file.history.forget(number, clock.now(), 1000);
      return { number, owner: file.owners.add(number) };
    });
    const queue = { number, name: options.queue };
    const trigger = new QueueTrigger({ ...options, file, queue, clock, log }, options.order === 'key', owner);
    try {
      signal.throwIfAborted();
      await trigger.#expireGone();
      return trigger;
    } catch (thrown) {
      await trigger[Symbol.asyncDispose]();
      if (!signal.aborted) throw thrown;
      throw new SluiceError('SLU3001', `opening queue '${options.queue}' was given up`, { cause: thrown });
    }
  }

  private constructor(terms: LeaseTerms, ordered: boolean, owner: number) {
    this.#terms = terms;
    this.#owner = owner;
    this.supports = {
      durable: true,
      retryAfter: true,
      attempts: true,
      ordered,
      headers: true,
      atomicOutputs: true,
      extendEveryMs: terms.leaseMs / 3,
    };
  }

  take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    const taking = this.#take(max, AbortSignal.any([stop, this.#closing.signal]));
    this.#taking = taking;
    return taking;
  }

  /** Another queue of the same state file. */
  commits(publisher: Publisher): boolean {
    return publisher instanceof QueuePublisher && publisher.file === this.#terms.file;
  }

  async backlog(): Promise<Backlog> {
    const { file, queue, clock } = this.#terms;
    return file.state.read(() => file.backlog.of(queue.number, clock.now()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { file, queue } = this.#terms;
    this.#closing.abort();
    await this.#taking?.catch(() => {}); // told to whoever took
    await file.state.write(
      () => {
        file.leases.releaseAll(queue.number, this.#owner);
        file.owners.remove(this.#owner);
      },
      { sync: false },
    );
  }

  async #take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    const { file, queue, clock } = this.#terms;
    while (!stop.aborted) {
      const { version } = file.state;
      const { ready, nextDue } = file.state.read(() => file.claims.prospect(queue.number));
      if (ready || nextDue <= clock.now()) {
        const deliveries = await this.#claim(max);
        if (deliveries.length > 0) return deliveries;
      } else {
        const others = await this.#expireGone();
        await this.#wait(version, Math.min(nextDue - clock.now(), others ? LOOK_FOR_GONE_MS : Infinity), stop);
      }
    }
    return [];
  }

  async #claim(max: number): Promise<readonly Delivery[]> {
    const { file, queue, clock, leaseMs } = this.#terms;
    const token = randomInt(TOKENS);
    // A lease that is lost with the power leaves an item that can be claimed, which is what a lease of a dead process is for.
    const rows = await file.state.write(
      () => file.claims.claim({ queue: queue.number, owner: this.#owner, max, token, now: clock.now(), leaseMs }),
      { sync: false },
    );
    return rows.map((row) => new QueueDelivery(row, token, this.#terms));
  }

  /** Lets the leases of triggers run out whose process is gone. Whether there are others still; looks once in a while. */
  async #expireGone(): Promise<boolean> {
    const { file, queue, clock } = this.#terms;
    if (Math.abs(clock.now() - this.#lookedAt) < LOOK_FOR_GONE_MS) return this.#hasOthers;
    this.#lookedAt = clock.now();
    const { any, gone } = file.state.read(() => file.owners.others(queue.number, this.#owner));
    this.#hasOthers = any;
    if (gone.length > 0) await file.state.write(() => file.owners.expire(queue.number, gone), { sync: false });
    return any;
  }

  /** Until something was committed, `ms` milliseconds have passed on the clock, or `stop` is aborted. */
  async #wait(since: number, ms: number, stop: AbortSignal): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([stop, over.signal]);
    await Promise.race([this.#terms.file.state.changed(Infinity, signal, since), this.#terms.clock.sleep(ms, signal)]);
    over.abort();
  }
}
