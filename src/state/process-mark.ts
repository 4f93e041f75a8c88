import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Prefix of the boot's field if the boot has no id: then a different value proves nothing. */
const HOST = 'host ';

/**
 * Identifies this process, so that another can find out later whether it is gone: `linux/<boot>/<pid namespace>/<pid>/<start>`. Leases in the
 * state file carry it, so that after a crash no process waits for a lease to run out.
 */
export const processMark: string = [
  process.platform,
  tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? `${HOST}${hostname()}`,
  tryRead(() => readlinkSync('/proc/self/ns/pid')) ?? '',
  process.pid,
  tryRead(() => procStat('self').start) ?? '',
].join('/');

const [ownPlatform, ownBoot, ownNamespace] = processMark.split('/');

/**
 * Whether the process with this mark is provably gone. `false` if it lives, or if this process can't know: it ran in another container or on another
 * machine.
 */
export function isGone(mark: string): boolean {
  const [platform, boot = '', namespace, pid, start] = mark.split('/');
  if (platform !== ownPlatform) return false;
  // Processes share a file with a write-ahead log only on one machine under one kernel (https://www.sqlite.org/wal.html), so another boot is an
  // earlier one.
  if (boot !== ownBoot) return ![boot, ownBoot].some((name = '') => name.startsWith(HOST));
  if (namespace !== ownNamespace) return false;
  if (!exists(Number(pid))) return true;
  const stat = start === '' ? undefined : tryRead(() => procStat(String(pid)));
  return stat !== undefined && (stat.start !== start || 'ZX'.includes(stat.state));
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return !(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH');
  }
}

/** Of /proc/PID/stat, see proc_pid_stat(5): the state (Z and X are dead), and when it started, in ticks since boot. */
function procStat(pid: string): { readonly state: string; readonly start: string } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the command in brackets, may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '' };
}

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // not Linux, or hidden from this user
  }
}
