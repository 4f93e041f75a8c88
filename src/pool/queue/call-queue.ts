import { Backlog } from './backlog.ts';
import type { Chain } from './chain.ts';
import type { PooledCall } from '../call.ts';

/**
 * Calls that wait for a thread. Sources take turns, call by call, and so do the lanes of a source. So a trigger with a long backlog, or with
 * many calls that came back from a thread, delays another by one call. Calls of a chain that a thread has begun wait for that thread.
 */
export class CallQueue {
  /** Of sources that have something waiting, or a chain that was begun, in the order of their turns. */
  readonly #backlogs: Backlog[] = [];
  readonly #bySource = new Map<unknown, Backlog>();
  readonly #averageMs: () => number;
  /** Numbers of chains that are free again. */
  readonly #numbers: number[] = [];
  #lastNumber = 0;
  #turn = 0;
  #size = 0;

  /** `averageMs`: the average time of a call so far. */
  constructor(averageMs: () => number) {
    this.#averageMs = averageMs;
  }

  /** Calls that wait. */
  get size(): number {
    return this.#size;
  }

  add(call: PooledCall): void {
    const { source, lane } = call.call;
    const backlog = this.#backlogOf(source);
    if (lane === undefined) backlog.add(call);
    else backlog.addTo(lane, call, this.#averageMs());
    this.#size += 1;
  }

  /** Puts calls that were taken before at the front of their sources, in the given order. It is the first one's turn again. */
  putBack(calls: readonly PooledCall[]): void {
    const bySource = Map.groupBy(calls, ({ call }) => call.source);
    for (const [source, theirs] of bySource) {
      const backlog = this.#backlogOf(source);
      for (const call of theirs) if (call.handed) this.#letGo(call, backlog);
      for (const { chain } of theirs) if (chain !== undefined && chain.handed > 0) chain.slow();
      backlog.putBack(theirs);
    }
    const [first] = bySource.keys();
    if (calls.length > 0) this.#turn = this.#backlogs.indexOf(this.#backlogOf(first));
    this.#size += calls.length;
  }

  /** The call that `take` would take. */
  peek(thread: object): PooledCall | undefined {
    return this.#backlogs[this.#placeFor(thread, true)]?.peek(thread, true);
  }

  /** The next call for that thread, unless it is a suspect; without `mayBegin`, only of a chain that the thread has begun. */
  takeUnsuspected(thread: object, mayBegin: boolean): PooledCall | undefined {
    const place = this.#placeFor(thread, mayBegin);
    return this.#backlogs[place]?.peek(thread, mayBegin)?.suspect === false
      ? this.#takeAt(place, thread, mayBegin)
      : undefined;
  }

  /** The next one for that thread. */
  take(thread: object): PooledCall | undefined {
    return this.#takeAt(this.#placeFor(thread, true), thread, true);
  }

  /** A call has ended, whether a thread had it or not. */
  over(call: PooledCall): void {
    const { chain } = call;
    const backlog = this.#bySource.get(call.call.source);
    if (chain === undefined || backlog === undefined) return;
    if (call.handed) this.#letGo(call, backlog);
    backlog.changed(chain);
    if (backlog.isEmpty) this.#forget(backlog);
  }

  /** Removes and returns what waits behind a call of a chain. */
  takeBehind({ chain, call }: PooledCall): readonly PooledCall[] {
    return chain === undefined ? [] : this.takeOf(call.source, (each) => each.chain === chain);
  }

  /** Whether something of that lane waits here, or a thread has it. */
  holds(source: unknown, lane: string): boolean {
    return this.#bySource.get(source)?.has(lane) === true;
  }

  /** Whether a thread has several calls of one chain. */
  hasChain(thread: object): boolean {
    return this.#backlogs.some((backlog) => backlog.hasChain(thread));
  }

  /** Removes and returns the calls of that source that `which` selects. */
  takeOf(source: unknown, which: (call: PooledCall) => boolean = () => true): readonly PooledCall[] {
    const backlog = this.#bySource.get(source);
    if (backlog === undefined) return [];
    const taken = backlog.takeAll(which);
    this.#size -= taken.length;
    if (backlog.isEmpty) this.#forget(backlog);
    return taken;
  }

  /** Removes and returns all calls that any thread may have. */
  takeFree(): readonly PooledCall[] {
    return [...this.#bySource.keys()].flatMap((source) =>
      this.takeOf(source, ({ chain }) => chain?.thread === undefined),
    );
  }

  #takeAt(place: number, thread: object, mayBegin: boolean): PooledCall | undefined {
    const backlog = this.#backlogs[place];
    const call = backlog?.take(thread, mayBegin);
    if (backlog === undefined || call === undefined) return undefined;
    this.#size -= 1;
    this.#turn = place;
    if (call.chain !== undefined) this.#hand(call, call.chain, thread, backlog);
    if (backlog.isEmpty) this.#forget(backlog);
    else this.#turn = (place + 1) % this.#backlogs.length;
    return call;
  }

  #hand(call: PooledCall, chain: Chain<PooledCall>, thread: object, backlog: Backlog): void {
    call.handed = true;
    call.continues = chain.handed > 0;
    if (chain.thread === undefined) {
      chain.thread = thread;
      chain.number = this.#numbers.pop() ?? ++this.#lastNumber;
    }
    chain.handed += 1;
    backlog.changed(chain);
  }

  /** Its thread has lost it, or has returned it. */
  #letGo(call: PooledCall, backlog: Backlog): void {
    const { chain } = call;
    call.handed = false;
    if (chain?.thread === undefined) return;
    chain.handed -= 1;
    if (chain.handed > 0) return;
    backlog.leaves(chain, chain.thread);
    this.#numbers.push(chain.number);
    chain.thread = undefined;
    chain.number = 0;
  }

  /** The place of the first source, from the turn on, that has something for that thread; -1 for none. */
  #placeFor(thread: object, mayBegin: boolean): number {
    const { length } = this.#backlogs;
    for (let n = 0, place = this.#turn; n < length; n++, place = place + 1 === length ? 0 : place + 1) {
      if (this.#backlogs[place]?.peek(thread, mayBegin) !== undefined) return place;
    }
    return -1;
  }

  #backlogOf(source: unknown): Backlog {
    const known = this.#bySource.get(source);
    if (known !== undefined) return known;
    const backlog = new Backlog(source);
    this.#bySource.set(source, backlog);
    this.#backlogs.push(backlog);
    return backlog;
  }

  /** The turn stays with its source, or moves to the next one. */
  #forget(backlog: Backlog): void {
    const place = this.#backlogs.indexOf(backlog);
    this.#backlogs.splice(place, 1);
    this.#bySource.delete(backlog.source);
    if (place < this.#turn) this.#turn -= 1;
    if (this.#turn >= this.#backlogs.length) this.#turn = 0;
  }
}
