import type { Delivery, Settled, Settlement } from '../delivery.ts';
import type { TriggerEvent } from '../event.ts';
import type { Trigger, TriggerSupports } from '../trigger/trigger.ts';
import type { GuestLog } from '../capability/capability.ts';
import type { CallTarget } from '../dispatch/trigger-context.ts';
import type { Outcome } from '../outcome.ts';
import type { Call, CallTiming } from '../pool/call.ts';

/** A source with a single event, for `sluice invoke`: the event is handled like any other, but its settlement is only recorded. */
export class OneEvent implements Trigger {
  readonly supports: TriggerSupports = {
    durable: false,
    retryAfter: true,
    attempts: true,
    ordered: false,
    headers: true,
    atomicOutputs: false,
  };
  readonly #settled = Promise.withResolvers<Settlement>();
  #delivery: Delivery | undefined;

  constructor(event: TriggerEvent, attempt: number) {
    this.#delivery = { event, position: event.id, attempt };
  }

  /** The settlement that a source would have received. */
  get settled(): Promise<Settlement> {
    return this.#settled.promise;
  }

  take(_max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    const delivery = this.#delivery;
    this.#delivery = undefined;
    if (delivery !== undefined) return Promise.resolve([delivery]);
    return new Promise((resolve) => {
      if (stop.aborted) resolve([]);
      stop.addEventListener('abort', () => resolve([]), { once: true });
    });
  }

  settle(settlements: readonly Settled[]): void {
    for (const { settlement } of settlements) this.#settled.resolve(settlement);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The record of a call. */
export interface Finished {
  readonly outcome: Outcome;
  readonly timing: CallTiming;
  readonly logs: readonly GuestLog[];
}

/** A pool that records the result of its first call, and the guest's log lines during it. */
export class WatchedPool implements CallTarget {
  readonly #pool: CallTarget;
  #finished: Finished | undefined;
  readonly #logs: GuestLog[] = [];

  constructor(pool: CallTarget) {
    this.#pool = pool;
  }

  /** `undefined` until the first call has ended. */
  get finished(): Finished | undefined {
    return this.#finished;
  }

  submit(call: Call): void {
    const { event, attempt, extraHeaders, source, lane, loss, timeoutMs } = call;
    this.#pool.submit({
      event,
      attempt,
      extraHeaders,
      source,
      lane,
      loss,
      timeoutMs,
      log: (record) => {
        this.#logs.push(record);
        call.log(record);
      },
      ...(call.publish && { publish: (...args) => call.publish!(...args) }),
      finished: (outcome, timing) => {
        this.#finished ??= { outcome, timing, logs: this.#logs };
        call.finished(outcome, timing);
      },
      returned: () => call.returned(),
    });
  }

  withhold(source: unknown): void {
    this.#pool.withhold(source);
  }

  resume(): void {
    this.#pool.resume();
  }

  withdraw(source: unknown, loss?: AbortSignal): void {
    this.#pool.withdraw(source, loss);
  }

  cancel(source: unknown): void {
    this.#pool.cancel(source);
  }
}
