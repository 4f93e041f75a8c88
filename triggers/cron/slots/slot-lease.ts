/** Proves that a holder still holds its slot: the token grows with each holder. */
export interface SlotClaim {
  readonly token: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/** A slot that is being run. */
export interface SlotHold {
  readonly id: string;
  /** Held by this process. */
  readonly ours: boolean;
  /** When it expires unless it is extended, in milliseconds since 1970. */
  readonly until: number;
  /** Its holder is gone: any process may claim it. */
  readonly lapsed: boolean;
}

/** How a holder releases a slot. `again`: it runs again, not before `notBefore`; `counts` says whether this attempt counts. */
export type SlotEnding =
  | { readonly kind: 'done' }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'again'; readonly notBefore: number; readonly counts: boolean };

/**
 * Decides who may run a slot. All replicas of a trigger use the same lease, and at most one at a time gets the slot. The holder extends its claim
 * three times per lease, and loses the slot one lease after the last extension. A holder that lost it is fenced: its stale token is rejected.
 */
export interface SlotLease {
  /** The trigger's held slots, including those whose lease has expired. */
  holds(): readonly SlotHold[];
  /** `undefined`: not now. Another process holds it, it has ended, or it must wait for another slot of the trigger. */
  claim(slotId: string): Promise<SlotClaim | undefined>;
  /** `false`: the slot was lost. */
  extend(slotId: string, token: number): Promise<boolean>;
  /** Resolves when the ending is durable. `false`: the slot was lost, and nothing has changed. */
  end(slotId: string, token: number, ending: SlotEnding): Promise<boolean>;
}

/** How often a holder extends its claim. */
export function extendEveryMs(leaseMs: number): number {
  return Math.floor(leaseMs / 3);
}
