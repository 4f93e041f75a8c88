import { reasonOf } from '../../errors.ts';
import type { PooledCall } from '../call.ts';
import { EventBatchWriter } from '../wire/event-batch.ts';
import { type EndedCallReader, readEndedCalls } from '../wire/outcome-batch.ts';
import type { CallLog } from '../wire/thread-messages.ts';

/** A batch is sent when it has this many bytes, if not before. */
const FULL_BYTES = 512 * 1024;
const FIRST_BUFFER_BYTES = 64 * 1024;
/** A buffer that grew for one large event is not kept. */
const KEPT_BUFFER_BYTES = 2 * 1024 * 1024;
/** Numbers are 31-bit integers that grow from 1; some hours of calls. */
const LAST_NUMBER = 2 ** 30;

/** A call that can't be handed to any guest, with the reason. */
export interface Refusal {
  readonly call: PooledCall;
  readonly reason: string;
  /** What waited behind it in its chain. */
  readonly behind: readonly PooledCall[];
}

interface Packed {
  /** `bytes` of the buffer are in use. Absent: there is nothing to give. */
  readonly batch?: { readonly buffer: ArrayBuffer; readonly bytes: number };
  readonly refused: readonly Refusal[];
  /** The shortest and longest timeout of all calls that were taken; Infinity and 0 when none was. */
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** The calls that one thread has, by the numbers under which it knows them. */
export class HandedOut {
  readonly #takeBehind: (call: PooledCall) => readonly PooledCall[];
  readonly #calls = new Map<number, PooledCall>();
  #lastNumber = 0;
  #spare: ArrayBuffer[] = [];

  /** `takeBehind`: takes what waits for a thread behind a call of a chain. */
  constructor(takeBehind: (call: PooledCall) => readonly PooledCall[]) {
    this.#takeBehind = takeBehind;
  }

  /** Whether it has run out of numbers. */
  get exhausted(): boolean {
    return this.#lastNumber >= LAST_NUMBER;
  }

  /** Of the last call that was given. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Those without an outcome, in the order in which they were given. */
  get calls(): ReadonlyMap<number, PooledCall> {
    return this.#calls;
  }

  /**
   * Packs what `take` gives, at most `most` calls, into a batch for the thread, which comes after so many `revocations`. Calls whose event
   * can't be packed are `refused`, with the reason.
   */
  pack(take: () => PooledCall | undefined, most: number, revocations: number): Packed {
    const batch = new EventBatchWriter(this.#spare.pop() ?? new ArrayBuffer(FIRST_BUFFER_BYTES), most);
    const refused: Refusal[] = [];
    let shortestMs = Infinity;
    let longestMs = 0;
    while (batch.count < most && batch.bytes < FULL_BYTES) {
      const call = take();
      if (call === undefined) break;
      const { timeoutMs } = call;
      shortestMs = Math.min(shortestMs, timeoutMs);
      longestMs = Math.max(longestMs, timeoutMs);
      call.number = this.#lastNumber + 1;
      try {
        batch.add(call.call, call);
      } catch (thrown) {
        const behind = this.#takeBehind(call);
        refused.push({ call, reason: `the event can't be handed over: ${reasonOf(thrown)}`, behind });
        continue;
      }
      this.#lastNumber = call.number;
      this.#calls.set(call.number, call);
    }
    const buffer = batch.finish(revocations);
    if (batch.count > 0) return { batch: { buffer, bytes: batch.bytes }, refused, shortestMs, longestMs };
    this.keep([buffer]);
    return { refused, shortestMs, longestMs };
  }

  /** Passes on what guests logged; called before `settle`. */
  log(lines: readonly CallLog[]): void {
    for (const { call, record } of lines) this.#calls.get(call)?.log(record);
  }

  /** Finishes the calls that have ended. */
  settle(outcomes: ArrayBuffer | SharedArrayBuffer): void {
    readEndedCalls(outcomes, this.#ended);
  }

  readonly #ended: EndedCallReader = (number, outcome, startedMs, durationMs, cold) => {
    const call = this.#calls.get(number);
    if (call === undefined) return;
    this.#calls.delete(number);
    if (outcome.kind !== 'completed') this.giveBackBehind(call);
    call.finish(outcome, startedMs, durationMs, cold);
  };

  /** A call does not complete: gives back the calls behind it in its chain. The thread enters none of them, whether it has them or not. */
  giveBackBehind(call: PooledCall): void {
    const { chain } = call;
    if (chain === undefined) return;
    for (const [number, other] of this.#calls) {
      if (other.chain !== chain || other === call) continue;
      this.#calls.delete(number);
      other.giveBack();
    }
    for (const other of this.#takeBehind(call)) other.giveBack();
  }

  /** Keeps buffers that came back, for the next batches. */
  keep(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) if (buffer.byteLength <= KEPT_BUFFER_BYTES) this.#spare.push(buffer);
  }

  /** Takes back the calls with numbers above `lastBegun`, up to `upTo`, in the order in which the thread got them. */
  revoke(lastBegun: number, upTo: number): readonly PooledCall[] {
    const revoked = [...this.#calls].filter(([number]) => number > lastBegun && number <= upTo);
    for (const [number] of revoked) this.#calls.delete(number);
    return revoked.map(([, call]) => call);
  }
}
