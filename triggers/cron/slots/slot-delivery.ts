import { type Clock, type Delivery, type Header, type Settlement, SluiceError, type TriggerEvent } from '#trigger';
import { type CronOptions, describeSchedule } from '../options.ts';
import type { SlotClaim, SlotEnding, SlotLease } from './slot-lease.ts';
import type { Slot } from './slot.ts';

export interface SlotDeliveryOptions {
  readonly event: TriggerEvent;
  readonly slotId: string;
  readonly claim: SlotClaim;
  readonly lease: SlotLease;
  readonly clock: Clock;
  /** Called when a settlement has been carried out. */
  readonly settled: () => void;
  /** Called if another process has the slot by now, or if that is unknown. */
  readonly lost: (thrown?: unknown) => void;
}

/** One attempt at one slot. */
export class SlotDelivery implements Delivery {
  readonly event: TriggerEvent;
  readonly attempt: number;
  readonly #options: SlotDeliveryOptions;
  #settled = false;

  constructor(options: SlotDeliveryOptions) {
    this.event = options.event;
    this.attempt = options.claim.attempt;
    this.#options = options;
  }

  /** The trigger and the slot; only the id of a requested run may not be ASCII. */
  get position(): string {
    return encodeURI(this.event.id.toWellFormed());
  }

  /** Rejects with the reason if it fails. */
  async settle(settlement: Settlement): Promise<void> {
    if (this.#settled) throw new TypeError(`${this.event.id} was settled before`);
    this.#settled = true;
    const { lease, slotId, claim, clock, settled } = this.#options;
    const ended = await lease.end(slotId, claim.token, endingOf(settlement, clock.now())).catch((thrown: unknown) => {
      this.#settled = false; // nothing was written
      throw thrown;
    });
    if (ended) return settled();
    throw new SluiceError('SLU3003', `the slot ${this.event.id} had passed to another process`, {
      state: 'the other process runs it',
    });
  }

  extend(): void {
    const { lease, slotId, claim, lost } = this.#options;
    lease.extend(slotId, claim.token).then((kept) => (kept ? undefined : lost()), lost);
  }
}

function endingOf(settlement: Settlement, now: number): SlotEnding {
  switch (settlement.kind) {
    case 'accept':
      return { kind: 'done' };
    case 'drop':
      return { kind: 'dropped' };
    case 'retry':
      return { kind: 'again', notBefore: now + Math.ceil(settlement.afterMs), counts: true };
    case 'release':
      return { kind: 'again', notBefore: now, counts: false };
  }
}

/** The event of a slot. A run that was requested with headers has only those. */
export function slotEvent(trigger: string, options: CronOptions, slot: Slot): TriggerEvent {
  const contentType = slot.contentType ?? options.contentType;
  return {
    id: `${trigger}@${slot.id}`,
    source: `cron:${trigger}`,
    subject: describeSchedule(options),
    time: BigInt(slot.time) * 1_000_000n,
    ...(contentType === undefined ? {} : { contentType }),
    headers: slot.headers ?? describeSlot(options, slot),
    data: slot.data ?? Buffer.from(options.payload ?? ''),
  };
}

function describeSlot(options: CronOptions, slot: Slot): readonly Header[] {
  return [
    ['cron-schedule', describeSchedule(options)],
    ['cron-slot', new Date(slot.time).toISOString()],
    ['cron-run', slot.run],
  ];
}
