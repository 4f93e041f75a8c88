import { Chain } from './chain.ts';
import type { PooledCall } from '../call.ts';

/**
 * Waiting calls of one source: those without a lane, and chains, in the order of their turns. A chain has its next turn after everything
 * that waits now. A chain that a thread has begun waits for that thread.
 */
export class Backlog {
  readonly source: unknown;
  readonly #chains = new Map<string, Chain<PooledCall>>();
  /** Calls without a lane, and chains that no thread has begun. */
  readonly #free = new Line<PooledCall | Chain<PooledCall>>();
  readonly #inFree = new Set<Chain<PooledCall>>();
  /** Chains of which a thread has a part, and may have more. */
  readonly #begun = new Map<object, Set<Chain<PooledCall>>>();
  #lastTicket = 0;
  #firstTicket = 0;

  constructor(source: unknown) {
    this.source = source;
  }

  /** Whether nothing waits, and no thread has begun a chain. */
  get isEmpty(): boolean {
    return this.#free.first === undefined && this.#chains.size === 0;
  }

  has(lane: string): boolean {
    return this.#chains.has(lane);
  }

  /** Whether a thread has several calls of one chain. */
  hasChain(thread: object): boolean {
    for (const chain of this.#chains.values()) if (chain.thread === thread && chain.handed > 1) return true;
    return false;
  }

  add(call: PooledCall): void {
    call.ticket = ++this.#lastTicket;
    this.#free.push(call);
  }

  /** Puts it at the end of its chain; a new chain expects its calls to take `averageMs` each. */
  addTo(lane: string, call: PooledCall, averageMs: number): void {
    const chain = this.#chains.get(lane) ?? new Chain<PooledCall>(lane, averageMs);
    this.#chains.set(lane, chain);
    chain.waiting.push(call);
    call.chain = chain;
    this.changed(chain);
  }

  /** Puts them first, in the given order. Chains of which a thread still has calls wait for that thread. */
  putBack(calls: readonly PooledCall[]): void {
    const first = new Set<PooledCall | Chain<PooledCall>>();
    for (const [chain, theirs] of Map.groupBy(calls, ({ chain }) => chain)) {
      if (chain !== undefined) chain.waiting = [...theirs, ...chain.waiting];
    }
    for (const call of calls) {
      const { chain } = call;
      if (chain === undefined) first.add(call);
      else if (chain.thread !== undefined || this.#inFree.has(chain)) this.changed(chain);
      else {
        first.add(chain);
        this.#inFree.add(chain);
      }
    }
    this.#firstTicket -= first.size;
    let ticket = this.#firstTicket;
    for (const each of first) each.ticket = ++ticket;
    this.#free.putBack([...first]);
  }

  /** The calls of a chain have changed: decides again whether it waits for a turn, and for which thread. */
  changed(chain: Chain<PooledCall>): void {
    const { thread } = chain;
    if (chain.waiting.length === 0 && this.#inFree.delete(chain)) this.#free.keep((each) => each !== chain);
    if (chain.isEmpty) {
      if (this.#chains.get(chain.lane) === chain) this.#chains.delete(chain.lane);
    } else if (thread !== undefined) {
      if (chain.mayGo) this.#begin(chain, thread);
      else this.leaves(chain, thread);
    } else if (!this.#inFree.has(chain)) {
      chain.ticket = ++this.#lastTicket;
      this.#inFree.add(chain);
      this.#free.push(chain);
    }
  }

  /** That thread has no calls of the chain any more. */
  leaves(chain: Chain<PooledCall>, thread: object): void {
    const begun = this.#begun.get(thread);
    if (begun?.delete(chain) === true && begun.size === 0) this.#begun.delete(thread);
  }

  /** What `take` would take. */
  peek(thread: object, mayBegin: boolean): PooledCall | undefined {
    const next = this.#next(thread, mayBegin);
    const call = next instanceof Chain ? next.waiting[0] : next;
    return call?.call.withheld === true ? undefined : call;
  }

  /** Takes the next call for that thread; without `mayBegin`, only of a chain that the thread has begun. The caller then calls `changed`. */
  take(thread: object, mayBegin: boolean): PooledCall | undefined {
    const next = this.#next(thread, mayBegin);
    if (next === undefined) return undefined;
    if (!(next instanceof Chain) || next.thread === undefined) this.#free.shift();
    else this.leaves(next, thread);
    if (!(next instanceof Chain)) return next;
    this.#inFree.delete(next);
    return next.waiting.shift();
  }

  /** Removes and returns all calls that `which` selects, in any turn. */
  takeAll(which: (call: PooledCall) => boolean): readonly PooledCall[] {
    const taken: PooledCall[] = [];
    const stays = (call: PooledCall): boolean => {
      if (!which(call)) return true;
      taken.push(call);
      return false;
    };
    this.#free.keep((each) => each instanceof Chain || stays(each));
    for (const chain of this.#chains.values()) {
      chain.waiting = chain.waiting.filter(stays);
      this.changed(chain);
    }
    return taken;
  }

  #begin(chain: Chain<PooledCall>, thread: object): void {
    const begun = this.#begun.get(thread);
    if (begun?.has(chain) === true) return;
    chain.ticket = ++this.#lastTicket;
    if (begun === undefined) this.#begun.set(thread, new Set([chain]));
    else begun.add(chain);
  }

  #next(thread: object, mayBegin: boolean): PooledCall | Chain<PooledCall> | undefined {
    const free = mayBegin ? this.#free.first : undefined;
    const begun = this.#begun.get(thread)?.values().next().value;
    if (begun === undefined || (free !== undefined && free.ticket < begun.ticket)) return free;
    return begun;
  }
}

/** First in, first out, at constant cost. */
class Line<T extends object> {
  /** Entries before `#taken` are undefined, so that nothing they held is kept. */
  #all: (T | undefined)[] = [];
  #taken = 0;

  get first(): T | undefined {
    return this.#all[this.#taken];
  }

  push(one: T): void {
    this.#all.push(one);
  }

  putBack(some: readonly T[]): void {
    this.#all = [...some, ...this.#all.slice(this.#taken)];
    this.#taken = 0;
  }

  shift(): void {
    this.#all[this.#taken] = undefined;
    this.#taken += 1;
    if (this.#taken > 1024 && this.#taken * 2 > this.#all.length) this.keep(() => true);
  }

  keep(which: (one: T) => boolean): void {
    this.#all = this.#all.slice(this.#taken).filter((one) => one !== undefined && which(one));
    this.#taken = 0;
  }
}
