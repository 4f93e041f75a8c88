import { deserialize, serialize } from 'node:v8';
import type { RunningCalls } from '../wire/running-mark.ts';
import type { CallLog, ThreadReport } from '../wire/thread-messages.ts';
import type { HostStart } from './host.ts';

// What a pool and its child process write to each other: the messages, which are the heads of frames, and the frames.
// The body of `events`, `report` and `last` is a packed batch.

/** What a child process is started with. Core modules can't be posted between processes: it compiles their bytes. */
export interface ProcessStart extends Omit<HostStart, 'component'> {
  readonly component: Omit<HostStart['component'], 'modules' | 'wasm'>;
  readonly wasm: ReadonlyMap<string, Uint8Array>;
}

/** From the pool to its child. */
export type ToChild =
  | { readonly kind: 'start'; readonly start: ProcessStart }
  | { readonly kind: 'events' }
  | { readonly kind: 'heard'; readonly bytes: number }
  | { readonly kind: 'reply'; readonly request: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly request: number; readonly reason: string }
  /** Takes back what was not begun; `revoked` answers it. */
  | { readonly kind: 'revoke' }
  /** It is about to be killed: `last` answers it. */
  | { readonly kind: 'end' };

/** From the child to its pool. */
export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unfit'; readonly reason: string }
  | (Omit<ThreadReport, 'outcomes' | 'spare'> & { readonly kind: 'report' })
  | {
      readonly kind: 'request';
      readonly request: number;
      readonly call: number;
      readonly capability: string;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'revoked'; readonly lastBegun: number }
  | { readonly kind: 'overdue'; readonly first: number }
  | { readonly kind: 'stuck' }
  /** What its thread could not report. `thrown`: the error that ended it, unless it was ended. */
  | {
      readonly kind: 'last';
      readonly running: RunningCalls | undefined;
      readonly logs: readonly CallLog[];
      readonly thrown: { readonly reason: string; readonly outOfHeap: boolean } | undefined;
    };

/**
 * How a pool and its child process write to each other, each message as one frame:
 *
 *     0   u32  length of the head     8        the head: what kind of message, as V8 serialises values
 *     4   u32  length of the body              the body: a packed batch, as it is
 */
const PREFIX = 8;

export interface Frame {
  readonly head: unknown;
  readonly body: ArrayBuffer;
}

/** The chunks of one frame. The body is not copied. */
export function frameOf(head: object, body: Uint8Array = new Uint8Array()): readonly Uint8Array[] {
  const serialized = serialize(head);
  const prefix = Buffer.allocUnsafe(PREFIX);
  prefix.writeUInt32LE(serialized.length, 0);
  prefix.writeUInt32LE(body.length, 4);
  return body.length === 0 ? [prefix, serialized] : [prefix, serialized, body];
}

/** Finds frames in a stream of bytes that a hostile process may have written. */
export class FrameReader {
  readonly #mostBytes: number;
  #chunks: Buffer[] = [];
  #held = 0;

  /** `mostBytes`: the limit of one frame. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** The frames that are complete with this chunk. Throws what `deserialize` does, and a RangeError when one is too large. */
  *read(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= PREFIX) {
      const prefix = this.#peek(PREFIX);
      const head = prefix.readUInt32LE(0);
      const body = prefix.readUInt32LE(4);
      const length = PREFIX + head + body;
      if (length > this.#mostBytes)
        throw new RangeError(`a message has ${length} bytes, ${this.#mostBytes} are allowed`);
      if (this.#held < length) return;
      const frame = this.#peek(length);
      this.#drop(length);
      const copy = new Uint8Array(body);
      copy.set(frame.subarray(PREFIX + head));
      yield { head: deserialize(frame.subarray(PREFIX, PREFIX + head)), body: copy.buffer };
    }
  }

  /** The first bytes, in one piece. */
  #peek(length: number): Buffer {
    const [first] = this.#chunks;
    if (first === undefined || first.length < length) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!.subarray(0, length);
  }

  #drop(length: number): void {
    this.#held -= length;
    const rest = this.#chunks[0]!.subarray(length);
    if (rest.length === 0) this.#chunks.shift();
    else this.#chunks[0] = rest;
  }
}
