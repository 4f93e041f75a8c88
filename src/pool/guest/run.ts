import type { GuestLog } from '../../capability/capability.ts';
import type { GuestEvent } from '../../contract/contract.ts';
import type { EventBatch } from '../wire/event-batch.ts';
import { LineLimit } from './line-limit.ts';

/** A batch that came from main. Its buffer is kept until each of its events has an outcome. */
export class Arrival {
  readonly batch: EventBatch;
  #left: number;

  constructor(batch: EventBatch) {
    this.batch = batch;
    this.#left = batch.count;
  }

  /** One more event has its outcome, or was taken back. Whether it was the last. */
  done(): boolean {
    this.#left -= 1;
    return this.#left === 0;
  }
}

/** One call of the guest's export: one event, or several neighbours of a batch when the contract takes many. */
export class Run {
  readonly arrival: Arrival;
  /** Of the first event in its batch. */
  readonly index: number;
  readonly count: number;
  /** Number of the first event's call; those of the others follow it. */
  readonly first: number;
  /** Of the first event; 0 for none. The batch may be gone when the run is over. */
  readonly chain: number;
  /** Whether an instance had to be made for it. */
  cold = false;
  /** Milliseconds of the monotonic clock, both; set when the guest is entered. */
  startedMs = 0;
  deadlineMs = 0;
  /** Set when its outcome is known; what the guest does after that is ignored. */
  ended = false;
  #lines: LineLimit | undefined;

  constructor(arrival: Arrival, index: number, count: number) {
    this.arrival = arrival;
    this.index = index;
    this.count = count;
    this.first = arrival.batch.number(index);
    this.chain = arrival.batch.chain(index);
  }

  /** Number of the last event's call. */
  get last(): number {
    return this.first + this.count - 1;
  }

  /** Of its nth event; 0 for none. */
  chainOf(n: number): number {
    return this.arrival.batch.chain(this.index + n);
  }

  /** The shortest of its events' timeouts. */
  get timeoutMs(): number {
    const { batch } = this.arrival;
    let shortest = batch.timeoutMs(this.index);
    for (let n = 1; n < this.count; n++) shortest = Math.min(shortest, batch.timeoutMs(this.index + n));
    return shortest;
  }

  /** For a contract that takes one. */
  get event(): GuestEvent {
    return this.arrival.batch.event(this.index);
  }

  /** For a contract that takes many. */
  get events(): readonly GuestEvent[] {
    return Array.from({ length: this.count }, (_, n) => this.arrival.batch.event(this.index + n));
  }

  /** The guest is about to be entered. */
  start(nowMs: number): void {
    this.startedMs = nowMs;
    this.deadlineMs = nowMs + this.timeoutMs;
  }

  /** The line as it may be passed on, or `undefined` when there were too many already. */
  admit(line: GuestLog): GuestLog | undefined {
    this.#lines ??= new LineLimit();
    return this.#lines.admit(line);
  }

  /** A line that reports those that were not passed on. */
  get lineSummary(): GuestLog | undefined {
    return this.#lines?.summary;
  }

  holds(chain: number): boolean {
    for (let n = 0; n < this.count; n++) if (this.chainOf(n) === chain) return true;
    return false;
  }

  /** The event of a chain that it holds, and the others before and behind it. */
  apart(chain: number): readonly [Run, readonly Run[]] {
    let n = 0;
    while (this.chainOf(n) !== chain) n += 1;
    const rest: Run[] = [];
    if (n > 0) rest.push(new Run(this.arrival, this.index, n));
    if (n + 1 < this.count) rest.push(new Run(this.arrival, this.index + n + 1, this.count - n - 1));
    return [new Run(this.arrival, this.index + n, 1), rest];
  }

  /** The same events as one run each. */
  split(): Run[] {
    return Array.from({ length: this.count }, (_, n) => new Run(this.arrival, this.index + n, 1));
  }
}
