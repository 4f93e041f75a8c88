import { type Clock, type Logger, OWN_KEYS, reasonOf, type SharedEntry, type SharedStore, SluiceError } from '#trigger';
import { z } from 'zod';

/** An unfinished slot. Times are milliseconds since 1970. */
const boardSlot = z.object({
  id: z.string(),
  time: z.number(),
  run: z.enum(['scheduled', 'catch-up', 'start', 'manual']),
  notBefore: z.number(),
  attempts: z.number(),
  /** Grows with each holder. */
  token: z.number(),
  /** Its holder; the beat grows as long as the holder lives. */
  held: z.object({ by: z.string(), beat: z.number() }).optional(),
});

/** The data on which a trigger's replicas agree. Later versions may add keys; a change of their meaning needs another `format`. */
const board = z.object({
  format: z.literal(1),
  schedule: z.string(),
  decided: z.number(),
  slots: z.array(boardSlot),
  /** The claims that ended last, so that a holder that missed the answer can tell its own ending from another's. */
  ended: z.array(z.string()),
});

export type BoardSlot = z.output<typeof boardSlot>;
export type Board = z.output<typeof board>;

export interface SlotBoardOptions {
  readonly store: SharedStore;
  readonly trigger: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often to check that the store still answers; changes come through a watch. */
const ASK_EVERY_MS = 5000;

/**
 * The unfinished slots of one trigger, as one value of a shared store. A change applies to the newest revision or is rejected, so that replicas
 * agree about all slots at once, however many act at the same time. Finished slots leave the board. Slots of the schedule can't come back, since
 * everything up to `decided` is decided.
 */
export class SlotBoard implements AsyncDisposable {
  readonly #store: SharedStore;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #over = new AbortController();
  #board: Board = { format: 1, schedule: '', decided: 0, slots: [], ended: [] };
  #revision = 0;
  #asking: Promise<void> | undefined;
  #changing: Promise<unknown> = Promise.resolve();
  #trouble: string | undefined;
  #version = 0;
  #news = Promise.withResolvers<void>();
  #seen: (afterOutage: boolean) => void = () => {};

  private constructor({ store, trigger, clock, log }: SlotBoardOptions) {
    this.#store = store;
    this.#key = `${OWN_KEYS}cron.${trigger}.slots`;
    this.#clock = clock;
    this.#log = log;
  }

  /** The current board. Rejects as the store does. */
  static async read(options: SlotBoardOptions): Promise<SlotBoard> {
    const board = new SlotBoard(options);
    await board.#read();
    return board;
  }

  /** Starts noticing changes by others, and outages, until it is disposed of. */
  async follow(): Promise<void> {
    const told = (key: string, entry: SharedEntry | undefined): void => {
      // An unreadable value stops the next change, not this.
      if (key === this.#key && entry !== undefined && entry.revision > this.#revision) this.#tryToSee(entry);
    };
    await this.#store.watch(this.#key.slice(0, this.#key.lastIndexOf('.') + 1), told, this.#over.signal);
    this.#asking = this.#keepAsking();
  }

  get now(): Board {
    return this.#board;
  }

  /** Why the store does not answer; `undefined` if its last answer came. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  get version(): number {
    return this.#version;
  }

  async changed(since: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== since || signal.aborted) return;
    const gaveUp = Promise.withResolvers<void>();
    const giveUp = (): void => gaveUp.resolve();
    signal.addEventListener('abort', giveUp, { once: true });
    await Promise.race([this.#news.promise, gaveUp.promise]);
    signal.removeEventListener('abort', giveUp);
  }

  /** Calls `listener` whenever a new revision of the board is seen, and when the store answers again after an outage. One listener. */
  onSeen(listener: (afterOutage: boolean) => void): void {
    this.#seen = listener;
  }

  /** Wakes waiters although the board is unchanged. */
  announce(): void {
    this.#version += 1;
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }

  /**
   * Changes the board with `step`, which is called again if another replica was quicker, and returns `undefined` to change nothing. Rejects as
   * the store does; after a transient error it is unknown whether the change was made.
   */
  change<T>(step: (draft: Board) => T | undefined): Promise<T | undefined> {
    const changed = this.#changing.then(() => this.#change(step));
    this.#changing = changed.catch(() => {}); // its caller gets the error
    return changed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    this.announce();
    await this.#changing;
    await this.#asking;
  }

  async #change<T>(step: (draft: Board) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const draft = structuredClone(this.#board);
      const result = step(draft);
      if (result === undefined) return undefined;
      const value = Buffer.from(JSON.stringify(draft));
      const revision = await this.#ask(() => this.#store.put(this.#key, value, this.#revision));
      if (revision === undefined) await this.#read();
      else {
        if (revision > this.#revision) this.#saw({ value, revision });
        return result;
      }
    }
  }

  async #keepAsking(): Promise<void> {
    for (;;) {
      await this.#clock.sleep(ASK_EVERY_MS, this.#over.signal);
      if (this.#over.signal.aborted) return;
      await this.#read().catch(() => {}); // it is in trouble, and says so
    }
  }

  async #read(): Promise<void> {
    const entry = await this.#ask(() => this.#store.get(this.#key));
    // An emptied store must not make slots run again: the next change writes the board that is known here.
    if (entry === undefined) this.#revision = 0;
    else if (entry.revision !== this.#revision) this.#saw(entry);
  }

  #tryToSee(entry: SharedEntry): void {
    try {
      this.#saw(entry);
    } catch (thrown) {
      this.#log.error({ err: thrown }, 'the slots in the store cannot be read');
    }
  }

  #saw({ value, revision }: SharedEntry): void {
    this.#board = this.#parsed(value);
    this.#revision = revision;
    this.#seen(false);
    this.announce();
  }

  #parsed(value: Uint8Array): Board {
    const parsed = board.safeParse(jsonOf(value));
    if (parsed.success) return parsed.data;
    throw new SluiceError('SLU4002', `the store's key ${this.#key} holds no slots that this Sluice can read`, {
      cause: parsed.error,
      fix: 'run the newer Sluice, or name another store',
      state: 'it was not changed',
    });
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      this.#answered();
      return answer;
    } catch (thrown) {
      this.#failed(thrown);
      throw thrown;
    }
  }

  #answered(): void {
    if (this.#trouble === undefined) return;
    this.#log.info({}, 'the store answers again');
    this.#trouble = undefined;
    this.#seen(true);
    this.announce();
  }

  #failed(thrown: unknown): void {
    const wasWell = this.#trouble === undefined;
    this.#trouble = `the store is away: ${reasonOf(thrown)}`;
    if (!wasWell) return;
    this.#log.warn({ err: thrown }, 'the store is away: no slot is decided or begun until it answers');
    this.announce();
  }
}

function jsonOf(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString());
  } catch {
    return undefined;
  }
}
