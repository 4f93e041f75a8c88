import { randomInt } from 'node:crypto';
import {
  type AdapterContext,
  type Backlog,
  type Delivery,
  type Publisher,
  type Settled,
  settledOrCancelled,
  SluiceError,
  type Trigger,
  type TriggerSupports,
  type Unsettled,
} from '#trigger';
import type { ItemRow } from './item.ts';
import { type LeaseTerms, QueueDelivery } from './delivery.ts';
import type { QueueTriggerOptions } from './options.ts';
import { QueuePublisher } from './publisher.ts';
import { QueueFile } from './tables/queue-file.ts';
import { settleItems } from './settlements.ts';

/** How often a trigger checks for leases that have expired or whose process is gone, while any item of its queue is held. In milliseconds. */
const LOOK_AFTER_MS = 1000;
/** Exclusive bound of a token: the largest that randomInt can give. */
const TOKENS = 2 ** 48 - 1;

/** Hands out the items of one queue. Several triggers, in any processes of one machine, may share a queue; only one holds an item. */
export class QueueTrigger implements Trigger {
  readonly supports: TriggerSupports;
  readonly #terms: LeaseTerms;
  readonly #owner: number;
  readonly #closing = new AbortController();
  #taking: Promise<unknown> | undefined;
  #lookedAt = -Infinity;
  #closed: Promise<void> | undefined;

  static async open(options: QueueTriggerOptions, context: AdapterContext, signal: AbortSignal): Promise<QueueTrigger> {
    const { state, clock, log } = context;
    const file = QueueFile.of(state);
    const { number, owner } = await state.write(() => {
      const number = file.numberOf(options.queue);
      file.ordering.set(number, options.order === 'key');
      file.history.forget(number, clock.now(), 1000);
      return { number, owner: file.owners.add(number) };
    });
    const queue = { number, name: options.queue };
    const terms = { ...options, file, queue, source: `queue:${queue.name}`, clock, log };
    const trigger = new QueueTrigger(terms, options.order === 'key', owner);
    try {
      signal.throwIfAborted();
      await trigger.#lookAfterLeases();
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
    const taking = this.#take(max, stop);
    this.#taking = taking;
    return taking;
  }

  /** Another process may hold the file's lock for any time: `cancel` ends the wait for it. */
  settle(settlements: readonly Settled<QueueDelivery>[], cancel: AbortSignal): Promise<readonly Unsettled[]> {
    return settledOrCancelled(settleItems(settlements, this.#terms), cancel);
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
    await this.#taking?.catch(() => {}); // its caller gets the error
    await file.state.write(
      () => {
        file.leases.releaseAll(queue.number, this.#owner);
        file.owners.remove(this.#owner);
      },
      { sync: false },
    );
  }

  async #take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    const { state } = this.#terms.file;
    while (!stop.aborted && !this.#closing.signal.aborted) {
      const { version } = state;
      await this.#lookAfterLeases();
      const waitMs = state.read(() => this.#waitMs());
      if (waitMs > 0) await this.#wait(version, waitMs, stop);
      else {
        const deliveries = await this.#claim(max);
        if (deliveries.length > 0) return deliveries;
      }
    }
    return [];
  }

  /** A read before each claim, since a claim needs the write lock. 0: there is something to claim. */
  #waitMs(): number {
    const { file, queue, clock } = this.#terms;
    if (file.claims.any(queue.number)) return 0;
    const look = file.leases.any(queue.number) ? LOOK_AFTER_MS : Infinity;
    return Math.min(look, Math.max(0, file.waits.nextDue(queue.number) - clock.now()));
  }

  async #claim(max: number): Promise<readonly Delivery[]> {
    const { file, queue, clock, leaseMs } = this.#terms;
    const token = randomInt(TOKENS);
    const claim = (): readonly ItemRow[] => {
      const now = clock.now();
      if (file.waits.nextDue(queue.number) <= now) file.waits.wake(queue.number, now);
      return file.claims.claim({ queue: queue.number, owner: this.#owner, max, token, due: now + leaseMs });
    };
    // If a power cut undoes a claim, its holder is gone too, and the item can be claimed again.
    const rows = await file.state.write(claim, { sync: false });
    return rows.map((row) => new QueueDelivery(row, token, this.#terms));
  }

  /** Periodically ends leases that have expired, and those whose holder's process is gone. */
  async #lookAfterLeases(): Promise<void> {
    const { file, queue, clock } = this.#terms;
    const now = clock.now();
    if (Math.abs(now - this.#lookedAt) < LOOK_AFTER_MS) return;
    this.#lookedAt = now;
    const gone = file.state.read(() => file.owners.gone(queue.number, this.#owner));
    if (gone.length === 0 && !file.state.read(() => file.leases.anyOver(queue.number, now))) return;
    await file.state.write(
      () => {
        for (const owner of gone) file.owners.remove(owner);
        file.leases.expire(queue.number, now);
      },
      { sync: false },
    );
  }

  /** Waits until something was committed, `ms` milliseconds have passed on the clock, `stop` is aborted, or the trigger closes. */
  async #wait(since: number, ms: number, stop: AbortSignal): Promise<void> {
    const { file, clock } = this.#terms;
    const ends = [stop, this.#closing.signal];
    if (ends.some(({ aborted }) => aborted)) return;
    const over = new AbortController();
    const end = (): void => over.abort();
    for (const signal of ends) signal.addEventListener('abort', end);
    await Promise.race([file.state.changed(Infinity, over.signal, since), clock.sleep(ms, over.signal)]);
    for (const signal of ends) signal.removeEventListener('abort', end);
    end();
  }
}
