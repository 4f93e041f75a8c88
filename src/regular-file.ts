import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { reasonOf } from './errors.ts';

/** Opening does not wait for the other end of a pipe. Windows has no such flag. */
const OPEN_NOW = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The result of `fs.stat` for a file. */
interface Found {
  readonly size: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** Largest size of a manifest, and of a file with a secret or for a connection, in bytes. */
export const MOST_TEXT_BYTES = 2 ** 20;

/**
 * The content of a regular file. Throws if it can't be read, if it is a pipe, a device (which may never end) or a folder, or if it is larger than
 * `mostBytes`.
 */
export function readRegularFile(path: string, mostBytes: number): Buffer {
  const fd = openSync(path, OPEN_NOW);
  try {
    mustBeRegular(fstatSync(fd), mostBytes);
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      // Files of /proc have no size, and others may grow meanwhile.
      const piece = Buffer.allocUnsafe(64 * 1024);
      const count = readSync(fd, piece);
      if (count === 0) return Buffer.concat(pieces);
      length += count;
      if (length > mostBytes) throw tooLarge(mostBytes);
      pieces.push(piece.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}

/** The same for a text in UTF-8 of at most 1 MiB. A byte order mark at its start is dropped. Throws if it is not UTF-8. */
export function readRegularText(path: string): string {
  const bytes = readRegularFile(path, MOST_TEXT_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('it is not UTF-8 text', { cause });
  }
}

/** Opens a file to read it. Rejects as `readRegularFile` throws. */
export async function openRegularFile(path: string, mostBytes: number): Promise<FileHandle> {
  const file = await open(path, OPEN_NOW);
  try {
    mustBeRegular(await file.stat(), mostBytes);
    return file;
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

function mustBeRegular(found: Found, mostBytes: number): void {
  if (!found.isFile())
    throw new Error(found.isDirectory() ? 'it is a folder' : 'it is a pipe, a socket or a device, not a file');
  if (found.size > mostBytes) throw tooLarge(mostBytes);
}

function tooLarge(mostBytes: number): Error {
  return new Error(`it is larger than ${mostBytes / 2 ** 20} MiB`);
}

const words: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENXIO: 'it is a pipe, a socket or a device, not a file', // to open a socket
};

/** Why a file could not be read, without an errno. */
export function fileTrouble(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return words[code] ?? reasonOf(thrown);
}
