import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';
import type { Folder } from './folder.ts';
import { fsError } from './fs-error.ts';

/** `descriptor-flags` of wasi:filesystem/types. */
export interface DescriptorFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly fileIntegritySync?: boolean;
  readonly dataIntegritySync?: boolean;
  readonly requestedWriteSync?: boolean;
  readonly mutateDirectory?: boolean;
}

export interface OpenFlags {
  readonly create?: boolean;
  readonly directory?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
}

export function needsWriting(open: OpenFlags, flags: DescriptorFlags): boolean {
  return [open.create, open.truncate, flags.write, flags.mutateDirectory].includes(true);
}

/** Opens the path that a walk from `folder` has arrived at, its links already followed. Guests may not open pipes, sockets or devices. */
export function openIn(
  folder: Folder,
  path: string,
  open: OpenFlags,
  flags: DescriptorFlags,
): { readonly fd: number; readonly folder: Folder | undefined } {
  if (open.truncate === true && flags.write !== true) throw fsError('invalid');
  // Opening some of them has an effect.
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && isSpecial(there)) throw fsError('not-permitted');
  const fd = openSync(path, bitsOf(open, flags));
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, folder: undefined };
  if (stats.isDirectory()) return { fd, folder: folder.opened(fd, path) };
  closeSync(fd);
  throw fsError('not-permitted');
}

/** `openSync` refuses a link. */
function isSpecial(stats: Stats): boolean {
  return !stats.isFile() && !stats.isDirectory() && !stats.isSymbolicLink();
}

function bitsOf(open: OpenFlags, flags: DescriptorFlags): number {
  // Don't wait for the other end of a pipe: nothing could end that wait.
  let bits = constants.O_NOFOLLOW | constants.O_NONBLOCK;
  if (flags.write === true) bits |= flags.read === true ? constants.O_RDWR : constants.O_WRONLY;
  if (flags.fileIntegritySync === true) bits |= constants.O_SYNC;
  if (flags.dataIntegritySync === true) bits |= constants.O_DSYNC;
  if (open.create === true) bits |= constants.O_CREAT;
  if (open.directory === true) bits |= constants.O_DIRECTORY;
  if (open.exclusive === true) bits |= constants.O_EXCL;
  if (open.truncate === true) bits |= constants.O_TRUNC;
  return bits;
}
