import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Clock, SluiceError } from '#trigger';
import type { Board, BoardSlot, SlotBoard } from './slot-board.ts';
import type { SlotClaim, SlotEnding, SlotHold, SlotLease } from './slot-lease.ts';
import { Standstill } from './standstill.ts';

export interface SharedLeaseOptions {
  readonly board: SlotBoard;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** One slot at a time: a slot waits while another of the trigger is held. */
  readonly alone: boolean;
  /** Called when a slot has ended here. */
  readonly ended: (slot: BoardSlot, kind: 'done' | 'dropped') => Promise<void>;
}

/** Endings that the board remembers: a holder that missed the answer asks again within seconds. */
const ENDED_KEPT = 32;

/**
 * The lease for replicas on any machines, on the slots of a `SlotBoard`. A holder increments its beat. If a replica sees no change of the beat for
 * the length of the lease while the store answers, it may take the slot. So clocks are never compared, and no lease expires while the store is away.
 * If two replicas take the same slot at once, both use the same revision, and one is rejected.
 */
export class SharedLease implements SlotLease, Disposable {
  readonly #board: SlotBoard;
  readonly #clock: Clock;
  readonly #alone: boolean;
  readonly #ended: SharedLeaseOptions['ended'];
  readonly #self = `${hostname()}/${process.pid}/${randomUUID()}`;
  readonly #beats: Standstill;
  readonly #running = new Set<string>();

  constructor({ board, clock, leaseMs, alone, ended }: SharedLeaseOptions) {
    this.#board = board;
    this.#clock = clock;
    this.#alone = alone;
    this.#ended = ended;
    this.#beats = new Standstill(clock, leaseMs, () => board.announce());
    board.onSeen((afterOutage) => this.#look(afterOutage));
    this.#look(false);
  }

  holds(): readonly SlotHold[] {
    return this.#board.now.slots
      .filter(({ held }) => held !== undefined)
      .map((slot) => {
        return { id: slot.id, ours: slot.held?.by === this.#self, until: Infinity, lapsed: this.#lapsed(slot) };
      });
  }

  async claim(slotId: string): Promise<SlotClaim | undefined> {
    const claim = await this.#board.change((draft) => this.#claim(draft, slotId)).catch(notNow);
    if (claim !== undefined) this.#running.add(slotId);
    return claim;
  }

  async extend(slotId: string, token: number): Promise<boolean> {
    const kept = await this.#board.change((draft) => {
      const held = heldWith(draft, slotId, token)?.held;
      if (held !== undefined) held.beat += 1;
      return held;
    });
    return kept !== undefined;
  }

  async end(slotId: string, token: number, ending: SlotEnding): Promise<boolean> {
    const ended = await this.#board.change((draft) => end(draft, slotId, token, ending));
    this.#running.delete(slotId);
    if (ended === undefined) return this.#board.now.ended.includes(endedMark(slotId, token));
    if (ending.kind !== 'again') await this.#ended(ended, ending.kind);
    return true;
  }

  [Symbol.dispose](): void {
    this.#beats.restart();
  }

  #claim(draft: Board, slotId: string): SlotClaim | undefined {
    const slot = draft.slots.find(({ id }) => id === slotId);
    if (slot === undefined) return undefined;
    if (slot.held === undefined ? slot.notBefore > this.#clock.now() : !this.#lapsed(slot)) return undefined;
    const others = draft.slots.filter((other) => other.held !== undefined && other !== slot);
    if (this.#alone && others.some((other) => !this.#lapsed(other))) return undefined;
    // If our claim was stored but its answer was lost, claiming again is not a second attempt.
    if (slot.held?.by !== this.#self) {
      slot.token += 1;
      slot.attempts += 1;
    }
    slot.held = { by: this.#self, beat: 0 };
    return { token: slot.token, attempt: slot.attempts };
  }

  #lapsed(slot: BoardSlot): boolean {
    if (slot.held?.by === this.#self) return !this.#running.has(slot.id);
    return this.#board.trouble === undefined && this.#beats.has(slot.id, markOf(slot));
  }

  #look(afterOutage: boolean): void {
    if (afterOutage) this.#beats.restart();
    const held = this.#board.now.slots.filter((slot) => slot.held !== undefined && slot.held.by !== this.#self);
    this.#beats.look(new Map(held.map((slot) => [slot.id, markOf(slot)])));
  }
}

/** While the store is away, no claim succeeds. */
function notNow(thrown: unknown): undefined {
  if (!(thrown instanceof SluiceError && thrown.transient)) throw thrown;
}

function end(draft: Board, slotId: string, token: number, ending: SlotEnding): BoardSlot | undefined {
  const slot = heldWith(draft, slotId, token);
  if (slot === undefined) return undefined;
  draft.ended = [...draft.ended, endedMark(slotId, token)].slice(-ENDED_KEPT);
  if (ending.kind === 'again') {
    delete slot.held;
    slot.notBefore = ending.notBefore;
    if (!ending.counts) slot.attempts -= 1;
  } else {
    draft.slots = draft.slots.filter((other) => other !== slot);
  }
  return slot;
}

function heldWith({ slots }: Board, slotId: string, token: number): BoardSlot | undefined {
  return slots.find((slot) => slot.id === slotId && slot.token === token && slot.held !== undefined);
}

function endedMark(slotId: string, token: number): string {
  return `${slotId} ${token}`;
}

function markOf({ token, held }: BoardSlot): string {
  return `${token}.${held?.beat}`;
}
