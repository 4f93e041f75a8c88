import type { CallLog } from './thread-messages.ts';

const BYTES = 64 * 1024;
const LENGTH = 4;

/**
 * Shared memory that holds the lines which a thread's guests wrote and which were not reported yet, so that a guest that prints and then
 * never returns is still heard. The thread writes; main reads only after the thread has ended.
 *
 * A word with the length in bytes, then one JSON text a line. What doesn't fit is left out.
 */
export class BlackBox {
  readonly #length: Int32Array;
  readonly #text: Buffer;

  constructor(memory: SharedArrayBuffer) {
    this.#length = new Int32Array(memory, 0, 1);
    this.#text = Buffer.from(memory, LENGTH);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(LENGTH + BYTES);
  }

  add(log: CallLog): void {
    const length = Atomics.load(this.#length, 0);
    const line = `${JSON.stringify(log)}\n`;
    if (length + line.length * 3 > BYTES) return;
    Atomics.store(this.#length, 0, length + this.#text.write(line, length, 'utf8'));
  }

  /** Everything that was added is about to be reported. */
  clear(): void {
    Atomics.store(this.#length, 0, 0);
  }

  read(): readonly CallLog[] {
    const lines = this.#text.toString('utf8', 0, Atomics.load(this.#length, 0)).split('\n');
    // Written by `add`, the last line ended.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as CallLog);
  }
}
