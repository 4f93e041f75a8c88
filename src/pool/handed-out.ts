import { reasonOf } from '../errors.ts';
import type { PooledCall } from './pooled-call.ts';
import { EventBatchWriter } from './wire/event-batch.ts';
import { endedCalls } from './wire/outcome-batch.ts';
import type { CallLog, ThreadReport } from './wire/thread-messages.ts';

/** A batch is sent when it has this many bytes, if not before. */
const FULL_BYTES = 512 * 1024;
const FIRST_BUFFER_BYTES = 64 * 1024;
/** A buffer that one large event has blown up is not kept. */
const KEPT_BUFFER_BYTES = 2 * 1024 * 1024;
/** Numbers are positive 32-bit integers, and those of a batch follow each other. */
const LAST_NUMBER = 2 ** 30;

/** The calls that one thread has, by the numbers under which it knows them. */
export class HandedOut {
  readonly #calls = new Map<number, PooledCall>();
  #lastNumber = 0;
  #spare: ArrayBuffer[] = [];

  /** Those without an outcome, in the order in which they were given. */
  get calls(): ReadonlyMap<number, PooledCall> {
    return this.#calls;
  }

  /**
   * Packs what `take` gives, at most `most` calls, into a batch for the thread. `undefined` when there is none. A call whose event can't
   * be packed is finished as rejected.
   */
  pack(take: () => PooledCall | undefined, most: number): ArrayBuffer | undefined {
    if (this.#lastNumber > LAST_NUMBER) this.#lastNumber = 0;
    const batch = new EventBatchWriter(this.#spare.pop() ?? new ArrayBuffer(FIRST_BUFFER_BYTES), most);
    while (batch.count < most && batch.bytes < FULL_BYTES) {
      const call = take();
      if (call === undefined) break;
      try {
        batch.add(call.call, { number: this.#lastNumber + 1, timeoutMs: call.timeoutMs, alone: call.suspect });
      } catch (thrown) {
        call.finishUnstarted({ kind: 'rejected', reason: `the event can't be handed over: ${reasonOf(thrown)}` });
        continue;
      }
      this.#lastNumber += 1;
      this.#calls.set(this.#lastNumber, call);
    }
    const buffer = batch.finish();
    if (batch.count > 0) return buffer;
    this.#keep(buffer);
    return undefined;
  }

  /** Finishes what the thread reports as ended; before that, says what guests said. */
  settle({ logs, outcomes, spare }: ThreadReport): void {
    this.log(logs);
    for (const { number, outcome, startedMs, durationMs, cold } of endedCalls(outcomes)) {
      const call = this.#calls.get(number);
      this.#calls.delete(number);
      call?.finish(outcome, startedMs, durationMs, cold);
    }
    for (const buffer of spare) this.#keep(buffer);
  }

  log(lines: readonly CallLog[]): void {
    for (const { call, record } of lines) this.#calls.get(call)?.log(record);
  }

  #keep(buffer: ArrayBuffer): void {
    if (buffer.byteLength <= KEPT_BUFFER_BYTES) this.#spare.push(buffer);
  }
}
