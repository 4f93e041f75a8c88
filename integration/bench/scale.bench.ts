import { type Bench, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { handleInParts, handleQueued, itemsOf } from './queue-runtime.ts';
import { again, inTurn } from './rounds.ts';
import { events, settings } from './settings.ts';
import type { Run } from './stopwatch.ts';

const MANY = 8;
/** Of a long run; the first two are not looked at, since memory and compiled code still grow. */
const PARTS = 10;
const WARM_PARTS = 2;
const flat = { goal: 1.25, unit: 'x the cost', better: 'lower' } as const;

export const scale: Bench = {
  name: 'scale',
  about: `cost per event with ${MANY} components, 1,000 lanes and 64 instances, beside one of each; and from the first to the last of a million`,
  async run() {
    const count = events(12_000);
    const items = itemsOf(count, 100);
    const laned = itemsOf(count, 100, 1000);
    const queues = await inTurn('scale', {
      one: () => handleQueued({ items }),
      components: () => handleQueued({ items, triggers: MANY }),
      lanes: () => handleQueued({ items: laned }),
    });
    await using one = await GuestPool.open('sleeps', { instances: 1 });
    await using many = await GuestPool.open('sleeps', { instances: 64 });
    const calls = Math.min(500, count);
    const instances = await inTurn('scale, instances', {
      one: () => one.calls(eventOf(0), calls),
      many: () => many.calls(eventOf(0), calls),
    });
    const cost = (more: Run, one: Run): number => more.ms / one.ms;
    const part = itemsOf(Math.ceil(events(settings.tenMillion ? 10_000_000 : 1_000_000) / PARTS), 100);
    const run = () => handleInParts(part, PARTS);
    // Ten million take minutes: once will do, since its parts are compared with each other.
    const long = settings.tenMillion ? [await run()] : await again(`scale, ${part.length * PARTS} events`, run);
    return {
      'scale.components': figure(
        queues.map((round) => cost(round.components, round.one)),
        flat,
      ),
      'scale.lanes': figure(
        queues.map((round) => cost(round.lanes, round.one)),
        flat,
      ),
      'scale.instances': figure(
        instances.map((round) => cost(round.many, round.one)),
        flat,
      ),
      'scale.events.cpu': figure(
        long.map((parts) => parts.at(-1)!.run.cpu.all / parts[WARM_PARTS]!.run.cpu.all),
        { goal: 1.1, unit: 'x, last part', better: 'lower' },
      ),
      'scale.events.memory': figure(
        long.map((parts) => (parts.at(-1)!.residentBytes - parts[WARM_PARTS]!.residentBytes) / 1e6),
        { goal: 10, unit: 'MB more', better: 'lower' },
      ),
    };
  },
};
