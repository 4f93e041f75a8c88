import { readdirSync, readFileSync } from 'node:fs';

/** CPU time in microseconds, by who used it. Zeros where the system doesn't say: on anything but Linux. */
export interface CpuByThread {
  readonly main: number;
  /** V8's helper threads: garbage collection and compilers. */
  readonly v8: number;
  /** Threads of guests. */
  readonly guests: number;
  readonly others: number;
  readonly all: number;
}

type Kind = Exclude<keyof CpuByThread, 'all'>;

/** What the threads of this process use from its construction on. A thread that ends meanwhile is not counted. */
export class CpuMeter {
  readonly #before = usedByThread();

  /** `events`: among how many it is divided. */
  perEvent(events: number): CpuByThread {
    const used = { main: 0, v8: 0, guests: 0, others: 0 };
    for (const [thread, { kind, us }] of usedByThread()) {
      used[kind] += (us - (this.#before.get(thread)?.us ?? 0)) / events;
    }
    return { ...used, all: used.main + used.v8 + used.guests + used.others };
  }
}

function usedByThread(): ReadonlyMap<string, { readonly kind: Kind; readonly us: number }> {
  if (process.platform !== 'linux') return new Map();
  return new Map(
    readdirSync('/proc/self/task').map((thread) => {
      const [ns = ''] = read(thread, 'schedstat').split(' '); // time on a processor, in nanoseconds
      return [thread, { kind: kindOf(thread, read(thread, 'comm').trim()), us: Number(ns) / 1000 }];
    }),
  );
}

function read(thread: string, file: string): string {
  try {
    return readFileSync(`/proc/self/task/${thread}/${file}`, 'latin1');
  } catch {
    return ''; // it has just ended
  }
}

/** A thread of guests is called like its component; all others that there are have names of Node's. */
function kindOf(thread: string, name: string): Kind {
  if (thread === String(process.pid)) return 'main';
  if (name.includes('V8Worker')) return 'v8';
  return name === '' || /^(?:node|Delayed|Signal|libuv|Worker)/.test(name) ? 'others' : 'guests';
}
