/** Proves that a holder of a slot still is: the token grows with each holder. */
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
  /** When it lapses unless it is extended, in milliseconds since 1970. */
  readonly until: number;
  /** Its holder is gone: anybody may claim it. */
  readonly lapsed: boolean;
}

/** How a holder lets a slot go. `again`: it is to run again, not before `notBefore`; `counts` says whether this attempt counts. */
export type SlotEnding =
  | { readonly kind: 'done' }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'again'; readonly notBefore: number; readonly counts: boolean };

/**
 * Who may run a slot. All replicas of a trigger ask the same lease, and at most one at a time gets the slot. The holder extends
 * its claim three times in the length of a lease, and loses the slot one lease after the last time. A holder that lost it is fenced: its
 * stale token is rejected.
 */
export interface SlotLease {
  /** The trigger's slots that are held, the lapsed ones too. */
  holds(): readonly SlotHold[];
  /** `undefined`: not now. Another holds it, it has ended, or it must wait for another slot of the trigger. */
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
