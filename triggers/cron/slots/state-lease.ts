import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock, StateFile } from '#trigger';
import type { SlotClaim, SlotEnding, SlotHold, SlotLease } from './slot-lease.ts';

/** Distinguishes the processes that share the state file. */
export interface Owners {
  /** This process. */
  readonly self: string;
  /** Whether that process is known to have ended. `false` when in doubt. */
  gone(owner: string): boolean;
}

export interface StateLeaseOptions {
  readonly state: StateFile;
  readonly trigger: string;
  readonly clock: Clock;
  /** A slot of a vanished holder is free for others after this long, on any clock that differs by at most a sixth of it. */
  readonly leaseMs: number;
  readonly owners: Owners;
  /** One slot at a time: a slot waits while another of the trigger is held. */
  readonly alone: boolean;
}

/** The lease for processes that share one state file, on the records of `SlotRecords`. */
export class StateLease implements SlotLease {
  readonly #state: StateFile;
  readonly #trigger: string;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #owners: Owners;
  readonly #alone: boolean;
  readonly #selectHeld: StatementSync;
  /** Slots that run here: after a long suspension, a process must not take its own slots for abandoned. */
  readonly #running = new Set<string>();

  constructor({ state, trigger, clock, leaseMs, owners, alone }: StateLeaseOptions) {
    this.#state = state;
    this.#trigger = trigger;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#owners = owners;
    this.#alone = alone;
    this.#selectHeld = state.read((db) =>
      db.prepare(`SELECT id, owner, held_until FROM cron_slot WHERE trigger = ? AND state = 'held'`),
    );
  }

  holds(): readonly SlotHold[] {
    return this.#state.read(() => this.#holds());
  }

  async claim(slotId: string): Promise<SlotClaim | undefined> {
    const claim = await this.#state.write((db) => this.#claim(db, slotId));
    if (claim !== undefined) this.#running.add(slotId);
    return claim;
  }

  extend(slotId: string, token: number): Promise<boolean> {
    const until = this.#heldUntil(this.#clock.now());
    // A power failure that undoes this ends the holder too: no fsync.
    return this.#state.write((db) => this.#update(db, slotId, token, 'held_until = ?', until), { sync: false });
  }

  async end(slotId: string, token: number, ending: SlotEnding): Promise<boolean> {
    const now = this.#clock.now();
    const ended = await this.#state.write((db) => {
      if (ending.kind !== 'again') {
        return this.#update(db, slotId, token, 'state = ?, ended_at = ?', ending.kind, now);
      }
      const change = `state = 'waiting', not_before = ?, attempts = attempts - ?`;
      return this.#update(db, slotId, token, change, ending.notBefore, ending.counts ? 0 : 1);
    });
    this.#running.delete(slotId);
    return ended;
  }

  #claim(db: DatabaseSync, slotId: string): SlotClaim | undefined {
    const holds = this.#holds().filter(({ lapsed }) => !lapsed);
    if (holds.some(({ id }) => this.#alone || id === slotId)) return undefined;
    const now = this.#clock.now();
    const row = db
      .prepare(
        `UPDATE cron_slot SET state = 'held', attempts = attempts + 1, token = token + 1, owner = ?, held_until = ?
         WHERE trigger = ? AND id = ? AND (state = 'held' OR state = 'waiting' AND not_before <= ?) RETURNING token, attempts`,
      )
      .get(this.#owners.self, this.#heldUntil(now), this.#trigger, slotId, now);
    return row === undefined ? undefined : { token: Number(row['token']), attempt: Number(row['attempts']) };
  }

  #update(db: DatabaseSync, slotId: string, token: number, change: string, ...values: (string | number)[]): boolean {
    const { changes } = db
      .prepare(`UPDATE cron_slot SET ${change} WHERE trigger = ? AND id = ? AND token = ? AND state = 'held'`)
      .run(...values, this.#trigger, slotId, token);
    return changes === 1;
  }

  #holds(): readonly SlotHold[] {
    return this.#selectHeld
      .all(this.#trigger)
      .map((row) => this.#hold(String(row['id']), String(row['owner']), Number(row['held_until'])));
  }

  #hold(id: string, owner: string, until: number): SlotHold {
    const ours = owner === this.#owners.self;
    const over = until <= this.#clock.now() || (!ours && this.#owners.gone(owner));
    return { id, ours, until, lapsed: over && !this.#running.has(id) };
  }

  /** Shortened by the sixth by which clocks may differ: a clock that is that much behind also sees the lease end in time. */
  #heldUntil(now: number): number {
    return now + Math.floor((this.#leaseMs * 5) / 6);
  }
}
