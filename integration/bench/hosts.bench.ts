import { readFileSync } from 'node:fs';
import { type Bench, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { inTurn, ROUNDS } from './rounds.ts';

const CALLS = 20_000;
const EVENT_BYTES = 100;

export const hosts: Bench = {
  name: 'hosts',
  about: 'host = "process" beside host = "thread": events/s of a tiny guest, start of a pool, memory of a process',
  async run() {
    const event = eventOf(EVENT_BYTES);
    await using thread = await GuestPool.open('accepts');
    await using child = await GuestPool.open('accepts', { host: 'process' });
    const pairs = await inTurn(
      () => thread.calls(event, CALLS),
      () => child.calls(event, CALLS),
    );
    const resident = residentMegabytes();
    const starts: { readonly thread: number; readonly child: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      starts.push({ thread: await startMs('thread'), child: await startMs('process') });
    }
    return {
      'hosts.process.rate': figure(
        pairs.map(({ b }) => CALLS / (b / 1000)),
        { goal: 50_000, unit: 'events/s', better: 'higher' },
      ),
      'hosts.process.ratio': figure(
        pairs.map(({ a, b }) => a / b),
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
