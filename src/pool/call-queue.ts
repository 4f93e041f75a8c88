import type { PooledCall } from './pooled-call.ts';

/**
 * Calls that wait for a thread. Sources take turns, call by call, and each source's calls keep their order: a trigger with a long backlog
 * costs another one call of waiting, not the backlog. Calls that were put back come before all others.
 */
export class CallQueue {
  #front: PooledCall[] = [];
  /** Of sources that have something waiting, in the order of their turns. */
  readonly #backlogs: Backlog[] = [];
  readonly #bySource = new Map<unknown, Backlog>();
  #turn = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(call: PooledCall): void {
    const { source } = call.call;
    let backlog = this.#bySource.get(source);
    if (backlog === undefined) {
      backlog = new Backlog(source);
      this.#bySource.set(source, backlog);
      this.#backlogs.push(backlog);
    }
    backlog.add(call);
    this.#size += 1;
  }

  /** They were taken before, and come first now, in the given order. */
  putBack(calls: readonly PooledCall[]): void {
    this.#front = [...calls, ...this.#front];
    this.#size += calls.length;
  }

  /** The call that `take` would take. */
  peek(): PooledCall | undefined {
    return this.#front[0] ?? this.#backlogs[this.#turn]?.first;
  }

  take(): PooledCall | undefined {
    if (this.#size === 0) return undefined;
    this.#size -= 1;
    if (this.#front.length > 0) return this.#front.shift();
    const backlog = this.#backlogs[this.#turn]!;
    const call = backlog.take();
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
    // In the order in which they would have been taken, which the others keep.
    const all = this.takeAll();
    this.putBack(all.filter(({ call }) => call.source !== source));
    return all.filter(({ call }) => call.source === source);
  }

  takeAll(): readonly PooledCall[] {
    const all: PooledCall[] = [];
    for (let call = this.take(); call !== undefined; call = this.take()) all.push(call);
    return all;
  }

  #forget(backlog: Backlog): void {
    this.#backlogs.splice(this.#turn, 1);
    this.#bySource.delete(backlog.source);
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

  add(call: PooledCall): void {
    this.#calls.push(call);
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
