import type { Delivery, Settled, Settlement } from '../delivery.ts';
import type { TriggerEvent } from '../event.ts';
import type { Trigger, TriggerSupports } from '../trigger/trigger.ts';

/** A source of a single event, for `sluice invoke`: it takes the same way as any other, and its settlement is looked at instead of done. */
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

  /** What the source would have been asked to do. */
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
