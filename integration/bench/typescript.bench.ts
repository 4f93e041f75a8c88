import { buildScript } from '../script/build-script.ts';
import { type Bench, figure } from './figure.ts';
import { handleQueued, itemsOf } from './queue-runtime.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';
import { ratePerSecond, type Run } from './stopwatch.ts';

const EVENT_BYTES = 100;
/** A new instance for each event takes longer. */
const FEWER = 10;

export const typescript: Bench = {
  name: 'typescript',
  about:
    'from one embedded queue to another, by a script on QuickJS that passes the event on: one thread, two, and a new instance each time',
  async run() {
    const source = await buildScript('quick');
    const count = events(20_000);
    const run = (pool: string, events: number) => {
      const items = itemsOf(events, EVENT_BYTES);
      return () => handleQueued({ items, source, pool });
    };
    const rounds = await inTurn('typescript', {
      one: run('threads = 1\ninstances = 1', count),
      two: run('threads = 2\ninstances = 2', count),
      fresh: run('threads = 1\ninstances = 1\nisolation = "fresh"', Math.ceil(count / FEWER)),
    });
    const of = (value: (round: Readonly<Record<'one' | 'two' | 'fresh', Run>>) => number): number[] =>
      rounds.map(value);
    return {
      'typescript.rate': figure(
        of(({ one }) => ratePerSecond(one)),
        { goal: 25_000, unit: 'events/s', better: 'higher' },
      ),
      'typescript.cpu': figure(
        of(({ one }) => one.cpu.all),
        { unit: 'us/event', better: 'lower' },
      ),
      'typescript.guest': figure(
        of(({ one }) => one.cpu.guests / one.cpu.all),
        { unit: 'of all CPU', better: 'higher' },
      ),
      'typescript.two': figure(
        of(({ one, two }) => ratePerSecond(two) / ratePerSecond(one)),
        { goal: 1.6, unit: 'x', better: 'higher' },
      ),
      'typescript.fresh.rate': figure(
        of(({ fresh }) => ratePerSecond(fresh)),
        { goal: 5000, unit: 'events/s', better: 'higher' },
      ),
      'typescript.fresh.cpu': figure(
        of(({ fresh }) => fresh.cpu.all),
        { unit: 'us/event', better: 'lower' },
      ),
    };
  },
};
