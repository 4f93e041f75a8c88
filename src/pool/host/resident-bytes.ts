import { readFileSync } from 'node:fs';

/** Linux has them on all machines that Node 26 is built for, but for some ARM servers with pages of 64 KiB. */
const PAGE_BYTES = 4096;

/** What a process holds in memory, or `undefined` where the system doesn't tell (only Linux does), or the process is gone. */
export function residentBytes(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return undefined;
  }
}
