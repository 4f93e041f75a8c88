import { readFileSync } from 'node:fs';

/** What a process holds in memory, or `undefined` where the system doesn't tell (only Linux does), or the process is gone. */
export function residentBytes(pid: number): number | undefined {
  try {
    // In KiB, whatever the size of a page is; `statm` counts pages.
    const kib = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
