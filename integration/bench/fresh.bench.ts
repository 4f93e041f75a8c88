import { type Bench, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { inTurn } from './rounds.ts';

const CALLS = 5_000;

export const fresh: Bench = {
  name: 'fresh',
  about: 'isolation = "fresh": every event gets a new instance of a tiny guest',
  async run() {
    await using shared = await GuestPool.open('accepts');
    await using isolated = await GuestPool.open('accepts', { isolation: 'fresh', instances: 16 });
    const event = eventOf(100);
    const pairs = await inTurn(
      () => shared.calls(event, CALLS),
      () => isolated.calls(event, CALLS),
    );
    return {
      'fresh.rate': figure(
        pairs.map(({ b }) => CALLS / (b / 1000)),
        { goal: 5000, unit: 'events/s', better: 'higher' },
      ),
      'fresh.ratio': figure(
        pairs.map(({ a, b }) => a / b),
        { goal: 0.01, unit: 'of shared', better: 'higher' },
      ),
    };
  },
};
