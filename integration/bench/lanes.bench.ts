import { type Bench, type Figures, figure } from './figure.ts';
import { handleQueued, itemsOf } from './queue-runtime.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';
import { ratePerSecond } from './stopwatch.ts';

const EVENT_BYTES = 100;

export const lanes: Bench = {
  name: 'lanes',
  about: 'items of the embedded queue in 1 lane, 8 and 1,000, on one thread; beside the same without lanes',
  async run() {
    const count = events(20_000);
    const run = (lanes?: number) => {
      const items = itemsOf(count, EVENT_BYTES, lanes);
      return () => handleQueued({ items });
    };
    const rounds = await inTurn('lanes', { none: run(), one: run(1), some: run(8), many: run(1000) });
    const figures = (name: string, of: 'one' | 'some' | 'many', goal: number): Figures => ({
      [name]: figure(
        rounds.map((round) => round.none.ms / round[of].ms),
        { goal, unit: 'of no lanes', better: 'higher' },
      ),
      [`${name}.rate`]: figure(
        rounds.map((round) => ratePerSecond(round[of])),
        { unit: 'events/s', better: 'higher' },
      ),
      [`${name}.cpu`]: figure(
        rounds.map((round) => round[of].cpu.all),
        { unit: 'us/event', better: 'lower' },
      ),
    });
    return {
      ...figures('lanes.1', 'one', 0.6),
      ...figures('lanes.8', 'some', 0.9),
      ...figures('lanes.1000', 'many', 0.9),
    };
  },
};
