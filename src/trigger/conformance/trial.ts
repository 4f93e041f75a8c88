import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery, Settled, Settlement } from '../../delivery.ts';
import type { Message } from '../../event.ts';
import type { Publisher } from '../../publisher.ts';
import type { Trigger } from '../trigger.ts';
import type { Rig, Subject } from './subject.ts';

const PATIENCE_MS = 10_000;
const QUIET_MS = 250;
/** Timers of brokers, and ours, may be a little coarse. */
const COARSE = 0.95;

/** One test of an adapter: its rig, and what it has opened. */
export class Trial implements AsyncDisposable {
  readonly rig: Rig;
  readonly #patienceMs: number;
  readonly #quietMs: number;
  readonly #opened: AsyncDisposable[] = [];

  private constructor(rig: Rig, { patienceMs = PATIENCE_MS, quietMs = QUIET_MS }: Subject) {
    this.rig = rig;
    this.#patienceMs = patienceMs;
    this.#quietMs = quietMs;
  }

  static async begin(subject: Subject): Promise<Trial> {
    return new Trial(await subject.setUp(), subject);
  }

  async openTrigger(): Promise<Trigger> {
    const trigger = await this.rig.openTrigger();
    this.#opened.push(trigger);
    return trigger;
  }

  async openPublisher(): Promise<Publisher> {
    const publisher = await this.rig.openPublisher?.();
    assert.ok(publisher, 'the rig needs openPublisher(), or the subject says why it cannot publish');
    this.#opened.push(publisher);
    return publisher;
  }

  async published(): Promise<readonly Message[]> {
    const published = await this.rig.published?.();
    assert.ok(published, 'a rig with openPublisher() needs published()');
    return published;
  }

  /** Simulates the death of the trigger's process. */
  async crash(trigger: Trigger): Promise<void> {
    assert.ok('crash' in this.rig, 'the rig needs crash(), or the subject says why it cannot');
    this.#opened.splice(this.#opened.indexOf(trigger), 1);
    await this.rig.crash?.(trigger);
  }

  async pass(ms: number): Promise<void> {
    await (this.rig.pass?.(ms) ?? sleep(ms));
  }

  /** One take that must bring something. */
  async takeSome(trigger: Trigger, max: number): Promise<readonly Delivery[]> {
    const taken = await within(this.#patienceMs, (stop) => trigger.take(max, stop));
    assert.notEqual(taken.length, 0, `nothing came within ${this.#patienceMs} ms`);
    assert.ok(taken.length <= max, `take(${max}) brought ${taken.length}`);
    return taken;
  }

  /** Takes until there are `count`, all of them held. */
  async take(trigger: Trigger, count: number): Promise<[Delivery, ...Delivery[]]> {
    const taken: Delivery[] = [];
    while (taken.length < count) taken.push(...(await this.takeSome(trigger, count - taken.length)));
    return taken as [Delivery, ...Delivery[]]; // count is at least 1
  }

  /** Fails when something can be taken. */
  async takeNothing(trigger: Trigger): Promise<void> {
    const taken = await within(this.#quietMs, (stop) => trigger.take(1, stop));
    const seen = taken.map(({ event, attempt }) => ({ id: event.id, attempt }));
    assert.deepEqual(seen, [], 'nothing was to come');
  }

  /**
   * Takes `count` deliveries that come after `ms` milliseconds of the source's time, and fails if one comes sooner. `since`: the earliest start of
   * the wait, on `performance.now()`, for a rig with real time.
   */
  async takeNotBefore(
    trigger: Trigger,
    count: number,
    { ms, since }: { readonly ms: number; readonly since: number },
  ): Promise<[Delivery, ...Delivery[]]> {
    if (this.rig.pass !== undefined) {
      await this.rig.pass(ms - 1);
      await this.takeNothing(trigger);
      await this.rig.pass(1);
    }
    const taken = await this.take(trigger, count);
    const waited = performance.now() - since;
    if (this.rig.pass === undefined) assert.ok(waited >= ms * COARSE, `it came after ${waited} ms of ${ms}`);
    return taken;
  }

  /** Settles as `work` does; fails when it takes longer than the subject's patience. */
  async inTime<T>(work: Promise<T>): Promise<T> {
    const over = new AbortController();
    const late = sleep(this.#patienceMs, undefined, { signal: over.signal }).then(
      () => assert.fail(`it took longer than ${this.#patienceMs} ms`),
      () => new Promise<never>(() => {}), // `work` was quicker
    );
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
    }
  }

  /** Resolves when `holds` does; fails when that takes longer than the subject's patience. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + this.#patienceMs;
    while (!(await holds())) {
      assert.ok(performance.now() < end, `not within ${this.#patienceMs} ms: ${what}`);
      await sleep(10);
    }
  }

  /** Opens the trigger, then feeds it: a source that keeps nothing would miss earlier events. */
  async openFed(messages: readonly Message[]): Promise<Trigger> {
    const trigger = await this.openTrigger();
    await this.rig.feed(messages);
    return trigger;
  }

  /** Closes a trigger properly, and opens the next. */
  async reopen(trigger: Trigger): Promise<Trigger> {
    await trigger[Symbol.asyncDispose]();
    return this.openTrigger();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened.toReversed()) await opened[Symbol.asyncDispose]();
    await this.rig[Symbol.asyncDispose]();
  }
}

async function within<T>(ms: number, run: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ms);
  try {
    return await run(stop.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Messages that differ only in their data: `0`, `1`, ... */
export function numbered(count: number): Message[] {
  return Array.from({ length: count }, (_, n) => ({ headers: [], data: Buffer.from(String(n)) }));
}

export function idsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ event }) => event.id);
}

export function textsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ event }) => Buffer.from(event.data).toString());
}

/** Settles them with one call. Resolves with those that were not settled, and why. */
export async function failuresOf(
  trigger: Trigger,
  settlements: readonly Settled[],
  cancel = new AbortController().signal,
): Promise<ReadonlyMap<Delivery, unknown>> {
  try {
    const unsettled = (await trigger.settle(settlements, cancel)) ?? [];
    return new Map(unsettled.map(({ delivery, error }) => [delivery, error]));
  } catch (error) {
    return new Map(settlements.map(({ delivery }) => [delivery, error]));
  }
}

/** Settles them all alike, with one call. Rejects with the reason if one was not settled. */
export async function settleAll(
  trigger: Trigger,
  deliveries: readonly Delivery[],
  settlement: Settlement,
): Promise<void> {
  const failures = await failuresOf(
    trigger,
    deliveries.map((delivery) => ({ delivery, settlement })),
  );
  for (const thrown of failures.values()) throw thrown;
}
