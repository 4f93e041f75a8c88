import type { PooledCall } from './pooled-call.ts';

/**
 * Calls that wait for a thread. Sources take turns, call by call, and each source's calls keep their order: a trigger with a long backlog
 * costs another one call of waiting, not the backlog; nor do calls that come back from a thread, however many they are.
 */
export class CallQueue {
  /** Of sources that have something waiting, in the order of their turns. */
  readonly #backlogs: Backlog[] = [];
  readonly #bySource = new Map<unknown, Backlog>();
  #turn = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(call: PooledCall): void {
    this.#backlogOf(call.call.source).add(call);
    this.#size += 1;
  }

  /** They were taken before, and come first of their sources now, in the given order. It is the first one's turn again. */
  putBack(calls: readonly PooledCall[]): void {
    const bySource = Map.groupBy(calls, ({ call }) => call.source);
    for (const [source, theirs] of bySource) this.#backlogOf(source).putBack(theirs);
    const [first] = bySource.keys();
    if (calls.length > 0) this.#turn = this.#backlogs.indexOf(this.#backlogOf(first));
    this.#size += calls.length;
  }

  /** The call that `take` would take. */
  peek(): PooledCall | undefined {
    return this.#backlogs[this.#turn]?.first;
  }

  take(): PooledCall | undefined {
    const backlog = this.#backlogs[this.#turn];
    if (backlog === undefined) return undefined;
    const call = backlog.take();
    this.#size -= 1;
    if (backlog.first === undefined) this.#forget(backlog);
    else this.#turn = (this.#turn + 1) % this.#backlogs.length;
    return call;
  }

  /** Unless that is a suspect's turn. */
  takeUnsuspected(): PooledCall | undefined {
    return this.peek()?.suspect === false ? this.take() : undefined;
  }

  /** All calls of that source. */
  takeOf(source: unknown): readonly PooledCall[] {
    const backlog = this.#bySource.get(source);
    if (backlog === undefined) return [];
    this.#forget(backlog);
    this.#size -= backlog.waiting.length;
    return backlog.waiting;
  }

  takeAll(): readonly PooledCall[] {
    const all: PooledCall[] = [];
    for (let call = this.take(); call !== undefined; call = this.take()) all.push(call);
    return all;
  }

  #backlogOf(source: unknown): Backlog {
    const known = this.#bySource.get(source);
    if (known !== undefined) return known;
    const backlog = new Backlog(source);
    this.#bySource.set(source, backlog);
    this.#backlogs.push(backlog);
    return backlog;
  }

  /** The turn stays whose it was, or goes to the next one. */
  #forget(backlog: Backlog): void {
    const place = this.#backlogs.indexOf(backlog);
    this.#backlogs.splice(place, 1);
    this.#bySource.delete(backlog.source);
    if (place < this.#turn) this.#turn -= 1;
    if (this.#turn === this.#backlogs.length) this.#turn = 0;
  }
}

/** Calls of one source, first in, first out, at constant cost. */
class Backlog {
  readonly source: unknown;
  #calls: PooledCall[] = [];
  #taken = 0;

  constructor(source: unknown) {
    this.source = source;
  }

  get first(): PooledCall | undefined {
    return this.#calls[this.#taken];
  }

  get waiting(): readonly PooledCall[] {
    return this.#calls.slice(this.#taken);
  }

  add(call: PooledCall): void {
    this.#calls.push(call);
  }

  putBack(calls: readonly PooledCall[]): void {
    this.#calls = [...calls, ...this.waiting];
    this.#taken = 0;
  }

  take(): PooledCall {
    const call = this.#calls[this.#taken]!;
    this.#taken += 1;
    if (this.#taken > 1024 && this.#taken * 2 > this.#calls.length) {
      this.#calls = this.#calls.slice(this.#taken);
      this.#taken = 0;
    }
    return call;
  }
}
