import { type GuestHost, type Interfaces, WitError } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import { poll, Pollable } from './pollable.ts';

/** The most bytes that one call reads or writes, so that a guest can't make the host allocate what it likes. */
const MOST_BYTES = 64 * 1024;
/** Of the calls that write and flush: https://github.com/WebAssembly/WASI/blob/main/proposals/io/wit/streams.wit */
const MOST_FLUSHED_BYTES = 4096;

/** What an input stream reads from. Throws a WitError when reading fails. */
export interface ByteSource {
  /** 0 to `most` bytes; `undefined` at the end. */
  read(most: number): Uint8Array | undefined;
  close?(): void;
}

/** What an output stream writes to, all at once. Throws a WitError when writing fails. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
  close?(): void;
}

/** `wasi:io/error`: why a stream failed. */
export class IoError extends HostResource {
  /** The error of the interface that the stream came from, such as the error code of a file. */
  readonly code: unknown;

  constructor(host: GuestHost, code: unknown) {
    super(host);
    this.code = code;
  }

  toDebugString(): string {
    return String(this.code);
  }
}

export class InputStream extends HostResource {
  readonly #source: ByteSource;

  constructor(host: GuestHost, source: ByteSource) {
    super(host);
    this.#source = source;
  }

  read(length: bigint): Uint8Array {
    const bytes = attempt(this.host, () => this.#source.read(bounded(length)));
    if (bytes === undefined) throw new WitError({ tag: 'closed' });
    return bytes;
  }

  /** Nothing here ever keeps a reader waiting. */
  blockingRead(length: bigint): Uint8Array {
    return this.read(length);
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  blockingSkip(length: bigint): bigint {
    return this.skip(length);
  }

  subscribe(): Pollable {
    return Pollable.ready(this.host);
  }

  protected override release(): void {
    this.#source.close?.();
  }
}

export class OutputStream extends HostResource {
  readonly #sink: ByteSink;

  constructor(host: GuestHost, sink: ByteSink) {
    super(host);
    this.#sink = sink;
  }

  checkWrite(): bigint {
    return BigInt(MOST_BYTES);
  }

  /** More than `checkWrite` permitted is a mistake of the guest's, and traps. */
  write(bytes: Uint8Array): void {
    atMost(bytes.length, MOST_BYTES);
    attempt(this.host, () => this.#sink.write(bytes));
  }

  blockingWriteAndFlush(bytes: Uint8Array): void {
    atMost(bytes.length, MOST_FLUSHED_BYTES);
    this.write(bytes);
  }

  /** Every write has reached its end when it returns. */
  flush(): void {}

  blockingFlush(): void {}

  writeZeroes(length: bigint): void {
    atMost(length, MOST_BYTES);
    this.write(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void {
    atMost(length, MOST_FLUSHED_BYTES);
    this.writeZeroes(length);
  }

  splice(from: InputStream, length: bigint): bigint {
    const bytes = from.read(length);
    this.write(bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(from: InputStream, length: bigint): bigint {
    return this.splice(from, length);
  }

  subscribe(): Pollable {
    return Pollable.ready(this.host);
  }

  protected override release(): void {
    this.#sink.close?.();
  }
}

function atMost(bytes: number | bigint, most: number): void {
  if (bytes > most) throw new Error(`at most ${most} bytes may be written at once, got ${bytes}`);
}

function bounded(length: bigint): number {
  return length < MOST_BYTES ? Number(length) : MOST_BYTES;
}

function attempt<T>(host: GuestHost, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    if (!(thrown instanceof WitError)) throw thrown;
    throw new WitError({ tag: 'last-operation-failed', val: new IoError(host, thrown.payload) });
  }
}

export const io: Interfaces = {
  'wasi:io/error': () => ({ Error: IoError }),
  'wasi:io/poll': () => ({ Pollable, poll }),
  'wasi:io/streams': () => ({ InputStream, OutputStream }),
};
