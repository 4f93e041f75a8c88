import { readFileSync } from 'node:fs';
import { type Bench, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';
import { ratePerSecond } from './stopwatch.ts';

const EVENT_BYTES = 100;

export const hosts: Bench = {
  name: 'hosts',
  about: 'host = "process" beside host = "thread": events/s of a tiny guest, start of a pool, memory of a process',
  async run() {
    const event = eventOf(EVENT_BYTES);
    await using thread = await GuestPool.open('accepts');
    await using child = await GuestPool.open('accepts', { host: 'process' });
    const calls = events(20_000);
    const rounds = await inTurn('hosts', {
      thread: () => thread.calls(event, calls),
      child: () => child.calls(event, calls),
    });
    const resident = residentMegabytes();
    const starts = await inTurn('hosts, start', { thread: () => startMs('thread'), child: () => startMs('process') });
    return {
      'hosts.process.rate': figure(
        rounds.map((round) => ratePerSecond(round.child)),
        { goal: 50_000, unit: 'events/s', better: 'higher' },
      ),
      'hosts.process.ratio': figure(
        rounds.map((round) => round.thread.ms / round.child.ms),
        { goal: 0.5, unit: 'of threads', better: 'higher' },
      ),
      'hosts.process.memory': figure(resident, { goal: 160, unit: 'MB', better: 'lower' }),
      'hosts.process.start': figure(
        starts.map((each) => each.child),
        { goal: 300, unit: 'ms', better: 'lower' },
      ),
      'hosts.thread.start': figure(
        starts.map((each) => each.thread),
        { goal: 100, unit: 'ms', better: 'lower' },
      ),
    };
  },
};

/** Until a first event is handled, its component loaded before. */
async function startMs(host: 'thread' | 'process'): Promise<number> {
  const started = performance.now();
  await using pool = await GuestPool.open('accepts', { host });
  await pool.calls(eventOf(EVENT_BYTES), 1);
  return performance.now() - started;
}

/** Of the processes that this one has started and that still run; Linux only. */
function residentMegabytes(): readonly number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
  });
}
