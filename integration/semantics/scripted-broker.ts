import { z } from 'zod';
import {
  type Adapter,
  type Delivery,
  type Message,
  type Publisher,
  type Settlement,
  settleEach,
  SluiceError,
  type Trigger,
  type TriggerEvent,
  type TriggerSupports,
} from '../../src/trigger/index.ts';

interface Waiting {
  readonly id: number;
  readonly text: string;
  readonly attempt: number;
}

/** What the broker has seen, in order. */
export type Seen =
  | { readonly kind: 'published'; readonly text: string; readonly message: Message }
  | { readonly kind: 'settled'; readonly text: string; readonly attempt: number; readonly by: Settlement['kind'] };

/** For what passes by itself. */
export const away = (reason: string): SluiceError => new SluiceError('SLU3001', reason, { transient: true });
/** For what somebody has to mend. */
export const refused = (reason: string): SluiceError => new SluiceError('SLU3001', reason);
/** For a message that is never taken, whatever becomes of others. */
export const refusedMessage = (reason: string): SluiceError => new SluiceError('SLU3002', reason, { ofMessage: true });

/**
 * A broker of the tests' own, in memory, with an adapter as a third party would write one: `[[trigger.scripted]]` reads the one place that it
 * has, `type = "scripted"` publishes to another. Either can be made to fail, and what is published can be held.
 */
export class ScriptedBroker {
  readonly adapter: Adapter;
  readonly seen: Seen[] = [];
  /** How many deliveries were asked for, in each take. */
  readonly asked: number[] = [];
  /** The most that were unsettled at once. */
  mostUnsettled = 0;
  /** The lane of an event. Default: none has one. */
  laneOf: (text: string) => string | undefined = () => undefined;
  /** How many deliveries each call of `settle` had. */
  readonly settleCalls: number[] = [];
  /** What the next settlement of an event fails with, by its text. With SLU3003 it is delivered again, or else nothing has changed. */
  readonly refusals = new Map<string, SluiceError>();
  /** How often somebody tried to open the source. */
  opened = 0;
  readonly supports: TriggerSupports;
  /** See Trigger.dropped. */
  readonly dropped = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  readonly #unsettled = new Map<number, Waiting>();
  #sourceError: unknown;
  #outputError: unknown;
  #gate: PromiseWithResolvers<void> | undefined;
  #fed = 0;
  #loss = new AbortController();
  #changed = Promise.withResolvers<void>();

  constructor(supports: Partial<TriggerSupports> = {}) {
    this.supports = {
      durable: true,
      retryAfter: false,
      attempts: true,
      ordered: false,
      headers: true,
      atomicOutputs: false,
      ...supports,
    };
    this.adapter = {
      type: 'scripted',
      summary: 'A broker in memory.',
      trigger: {
        schema: z.strictObject({}),
        destination: () => 'scripted',
        open: async (_options, _context, signal) => this.#openSource(signal),
      },
      output: { schema: z.strictObject({}), open: async () => this.#openOutput() },
    };
  }

  feed(...texts: readonly string[]): void {
    this.feedAs(1, ...texts);
  }

  /** Events that were tried before. */
  feedAs(attempt: number, ...texts: readonly string[]): void {
    for (const text of texts) this.#waiting.push({ id: (this.#fed += 1), text, attempt });
    this.#wake();
  }

  /** The source fails from now on: `take` and `open` reject, and settlements aren't confirmed; what was unsettled waits again. */
  loseSource(error: unknown): void {
    this.#sourceError = error;
    for (const { attempt, ...rest } of this.#unsettled.values()) this.#waiting.push({ ...rest, attempt: attempt + 1 });
    this.#unsettled.clear();
    this.#wake();
  }

  restoreSource(): void {
    this.#sourceError = undefined;
  }

  /** Another reader gets what is unsettled, and gives it back at once: it waits again, in its order and before the rest. */
  revoke(): void {
    this.#waiting.unshift(...this.#unsettled.values());
    this.#unsettled.clear();
    this.#loss.abort();
    this.#loss = new AbortController();
    this.#wake();
  }

  /** Opening an output and publishing to it reject with this from now on; `undefined`: no longer. */
  set outputError(error: unknown) {
    this.#outputError = error;
  }

  /** Whatever is published from now on is not confirmed before the result is called. */
  holdOutputs(): () => void {
    this.#gate = Promise.withResolvers();
    return () => this.#gate?.resolve();
  }

  /** Resolves when something was fed, settled or lost. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  get unsettled(): number {
    return this.#unsettled.size;
  }

  /** What it has seen, as short texts: `published a`, `accept a`. */
  get story(): readonly string[] {
    return this.seen.map((each) => `${each.kind === 'settled' ? each.by : each.kind} ${each.text}`);
  }

  async #openSource(signal: AbortSignal): Promise<Trigger> {
    this.opened += 1;
    signal.throwIfAborted();
    if (this.#sourceError !== undefined) throw this.#sourceError;
    return {
      supports: this.supports,
      take: (max, stop) => this.#take(max, stop),
      settle: (settlements, cancel) => {
        this.settleCalls.push(settlements.length);
        return settleEach(settlements, cancel, async ({ delivery, settlement }) =>
          this.#settle(delivery, settlement.kind),
        );
      },
      dropped: () => this.dropped,
      backlog: async () => ({ ready: this.#waiting.length, waiting: 0 }),
      [Symbol.asyncDispose]: async () => {
        if (this.#sourceError !== undefined) throw away('the connection was closed before');
      },
    };
  }

  #openOutput(): Publisher {
    if (this.#outputError !== undefined) throw this.#outputError;
    return {
      supports: { durable: true, deduplicates: false, headers: true, keys: true },
      publish: (messages, signal) => this.#publish(messages, signal),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async #take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    this.asked.push(max);
    const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
    for (;;) {
      if (this.#sourceError !== undefined) throw this.#sourceError;
      if (stop.aborted) return [];
      if (this.#waiting.length > 0) return this.#waiting.splice(0, max).map((item) => this.#deliver(item));
      await Promise.race([this.#changed.promise, stopped]);
    }
  }

  #deliver(item: Waiting): Delivery {
    const { id, text, attempt } = item;
    this.#unsettled.set(id, item);
    this.mostUnsettled = Math.max(this.mostUnsettled, this.#unsettled.size);
    const lane = this.laneOf(text);
    const { signal: lost } = this.#loss;
    return { event: eventOf(item), position: String(id), attempt, lost, ...(lane === undefined ? {} : { lane }) };
  }

  #settle({ position, attempt }: Delivery, by: Settlement['kind']): void {
    const item = this.#unsettled.get(Number(position));
    if (item?.attempt !== attempt) throw new SluiceError('SLU3003', 'delivered to another');
    const refusal = this.refusals.get(item.text);
    this.refusals.delete(item.text);
    if (refusal !== undefined && refusal.code !== 'SLU3003') throw refusal;
    this.#unsettled.delete(item.id);
    if (refusal !== undefined) {
      this.#waiting.push({ ...item, attempt: attempt + 1 });
      this.#wake();
      throw refusal;
    }
    this.seen.push({ kind: 'settled', text: item.text, attempt, by });
    if (by === 'release') this.#waiting.unshift(item);
    else if (by === 'retry') this.#waiting.push({ ...item, attempt: attempt + 1 });
    this.#wake();
  }

  async #publish(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    if (this.#gate !== undefined) await Promise.race([this.#gate.promise, rejectedBy(signal)]);
    if (this.#outputError !== undefined) throw this.#outputError;
    for (const message of messages) {
      this.seen.push({ kind: 'published', text: Buffer.from(message.data).toString(), message });
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function eventOf({ id, text }: Waiting): TriggerEvent {
  return {
    id: `s${id}`,
    source: 'scripted:place',
    subject: 'place',
    time: BigInt(Date.now()) * 1_000_000n,
    headers: [],
    data: Buffer.from(text),
  };
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(away('given up'))));
}
