import { type GuestHost, type Interfaces, WitError } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import { poll, Pollable } from './pollable.ts';
import { type Readiness, whenReady } from './readiness.ts';

/** The most bytes that one call reads or writes, so that a guest can't make the host allocate any amount. */
const MOST_BYTES = 64 * 1024;
/** Limit of the calls that write and flush: https://github.com/WebAssembly/WASI/blob/main/proposals/io/wit/streams.wit */
const MOST_FLUSHED_BYTES = 4096;

/** The payload of a WitError when a stream has ended normally. */
export const CLOSED = 'closed';

/** The source of an input stream. Throws a WitError when reading fails. */
export interface ByteSource {
  /** 0 to `most` bytes; `undefined` at the end. */
  read(most: number): Uint8Array | undefined;
  /** Ready when there are bytes or the end. Absent: always. */
  readonly readiness?: Readiness;
  close?(): void;
}

/** The destination of an output stream. Throws a WitError when writing fails. */
export interface ByteSink {
  /** Takes all of it. */
  write(bytes: Uint8Array): void;
  /** Ready when the sink has passed on its bytes and accepts more. Absent: always. */
  readonly readiness?: Readiness;
  /** Throws if earlier bytes did not arrive. */
  check?(): void;
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

  blockingRead(length: bigint): Uint8Array | Promise<Uint8Array> {
    return whenReady(this.host, this.#source.readiness, () => this.read(length));
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  blockingSkip(length: bigint): bigint | Promise<bigint> {
    return whenReady(this.host, this.#source.readiness, () => this.skip(length));
  }

  get readiness(): Readiness | undefined {
    return this.#source.readiness;
  }

  subscribe(): Pollable {
    return Pollable.on(this.host, this.#source.readiness);
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

  /** 0: the last write is still under way. */
  checkWrite(): bigint {
    this.#check();
    return this.#sink.readiness?.ready === false ? 0n : BigInt(MOST_BYTES);
  }

  /** A guest that writes more than `checkWrite` permitted traps. */
  write(bytes: Uint8Array): void {
    atMost(bytes.length, MOST_BYTES);
    if (this.#sink.readiness?.ready === false) throw new Error('nothing may be written before check-write permits it');
    attempt(this.host, () => this.#sink.write(bytes));
  }

  blockingWriteAndFlush(bytes: Uint8Array): void | Promise<void> {
    atMost(bytes.length, MOST_FLUSHED_BYTES);
    return this.#writeAndFlush(bytes);
  }

  /** No wait is needed here: `checkWrite` permits no write before the flush is done. */
  flush(): void {
    this.#check();
  }

  blockingFlush(): void | Promise<void> {
    return whenReady(this.host, this.#sink.readiness, () => this.#check());
  }

  writeZeroes(length: bigint): void {
    atMost(length, MOST_BYTES);
    this.write(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void | Promise<void> {
    atMost(length, MOST_FLUSHED_BYTES);
    return this.#writeAndFlush(new Uint8Array(Number(length)));
  }

  splice(from: InputStream, length: bigint): bigint {
    if (this.checkWrite() === 0n) return 0n;
    const bytes = from.read(length);
    this.write(bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(from: InputStream, length: bigint): bigint | Promise<bigint> {
    const spliced = (): bigint => this.splice(from, length);
    return after(
      whenReady(this.host, from.readiness, () => {}),
      () => whenReady(this.host, this.#sink.readiness, spliced),
    );
  }

  subscribe(): Pollable {
    return Pollable.on(this.host, this.#sink.readiness);
  }

  #writeAndFlush(bytes: Uint8Array): void | Promise<void> {
    const written = whenReady(this.host, this.#sink.readiness, () => this.write(bytes));
    return after(written, () => this.blockingFlush());
  }

  #check(): void {
    attempt(this.host, () => this.#sink.check?.());
  }

  protected override release(): void {
    this.#sink.close?.();
  }
}

/** Runs `then`, after waiting for `readiness` if it is not ready. */
function after<T>(first: void | Promise<void>, then: () => T | Promise<T>): T | Promise<T> {
  return first instanceof Promise ? first.then(then) : then();
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
    if (thrown.payload === CLOSED) throw new WitError({ tag: 'closed' });
    throw new WitError({ tag: 'last-operation-failed', val: new IoError(host, thrown.payload) });
  }
}

export const io: Interfaces = {
  'wasi:io/error': () => ({ Error: IoError }),
  'wasi:io/poll': () => ({ Pollable, poll }),
  'wasi:io/streams': () => ({ InputStream, OutputStream }),
};
