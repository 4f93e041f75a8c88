import {
  type BigIntStats,
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  readSync,
  writeSync,
} from 'node:fs';
import type { GuestHost } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import { type NewTimestamp, secondsOf } from './file-stat.ts';
import { attempt, fsError } from './fs-error.ts';

/** Limit of one instance's files, folders and listings: all instances and the connections to brokers share the open files of the process. */
export const MOST_DESCRIPTORS = 64;
/** The kind that all of them count towards. */
export const OPEN_DESCRIPTOR = 'file descriptor';
/** The most bytes that one call reads. */
const MOST_BYTES = 1024 * 1024;

/** An open file or folder of the host. It closes when its last holder releases it. */
export class OpenFile extends HostResource {
  readonly fd: number;
  #holders = 0;

  private constructor(host: GuestHost, fd: number) {
    super(host, MOST_DESCRIPTORS, OPEN_DESCRIPTOR);
    this.fd = fd;
  }

  /** Takes over `fd`, and closes it when the instance has too many open. */
  static of(host: GuestHost, fd: number): OpenFile {
    try {
      return new OpenFile(host, fd);
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
  }

  held(): this {
    this.#holders += 1;
    return this;
  }

  letGo(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this[Symbol.dispose]();
  }

  stats(): BigIntStats {
    return attempt(() => fstatSync(this.fd, { bigint: true }));
  }

  read(most: number, offset: bigint): Uint8Array {
    const bytes = new Uint8Array(Math.min(most, MOST_BYTES));
    const count = attempt(() => readSync(this.fd, bytes, 0, bytes.length, safe(offset)));
    return bytes.subarray(0, count);
  }

  /** Writes all of `bytes`. */
  write(bytes: Uint8Array, offset: bigint): void {
    const start = safe(offset);
    for (let done = 0; done < bytes.length;) {
      done += attempt(() => writeSync(this.fd, bytes, done, bytes.length - done, start + done));
    }
  }

  resize(size: bigint): void {
    attempt(() => ftruncateSync(this.fd, safe(size)));
  }

  setTimes(accessed: NewTimestamp, modified: NewTimestamp): void {
    const { atimeNs, mtimeNs } = this.stats();
    attempt(() => futimesSync(this.fd, secondsOf(accessed, atimeNs), secondsOf(modified, mtimeNs)));
  }

  sync(): void {
    attempt(() => fsyncSync(this.fd));
  }

  syncData(): void {
    attempt(() => fdatasyncSync(this.fd));
  }

  protected override release(): void {
    closeSync(this.fd);
  }
}

/** Checks that Node can represent a position or size. */
function safe(offset: bigint): number {
  if (offset > Number.MAX_SAFE_INTEGER) throw fsError('file-too-large');
  return Number(offset);
}
