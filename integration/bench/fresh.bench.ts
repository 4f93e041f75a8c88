import { type Bench, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';
import { ratePerSecond } from './stopwatch.ts';

export const fresh: Bench = {
  name: 'fresh',
  about: 'isolation = "fresh": every event gets a new instance of a tiny guest; beside one instance for all',
  async run() {
    await using shared = await GuestPool.open('accepts');
    await using isolated = await GuestPool.open('accepts', { isolation: 'fresh', instances: 16 });
    const event = eventOf(100);
    const calls = events(20_000);
    const rounds = await inTurn('fresh', {
      shared: () => shared.calls(event, calls),
      fresh: () => isolated.calls(event, calls),
    });
    return {
      'fresh.rate': figure(
        rounds.map((round) => ratePerSecond(round.fresh)),
        { goal: 20_000, unit: 'events/s', better: 'higher' },
      ),
      'fresh.cpu': figure(
        rounds.map((round) => round.fresh.cpu.all),
        { goal: 100, unit: 'us/event', better: 'lower' },
      ),
      'fresh.ratio': figure(
        rounds.map((round) => round.shared.ms / round.fresh.ms),
        { unit: 'of shared', better: 'higher' },
      ),
    };
  },
};
