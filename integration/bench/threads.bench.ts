import { type Bench, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';

/** Enough for the guest's hashing to outweigh everything else: about 0.25 ms a call. */
const BYTES = 256 * 1024;

export const threads: Bench = {
  name: 'threads',
  about: 'a CPU-bound guest on one thread, and on two',
  async run() {
    await using one = await GuestPool.open('accepts', { threads: 1 });
    await using two = await GuestPool.open('accepts', { threads: 2, instances: 2 });
    const event = eventOf(BYTES);
    const calls = events(2_000);
    const rounds = await inTurn('threads', {
      one: () => one.calls(event, calls, 64),
      two: () => two.calls(event, calls, 64),
    });
    return {
      threads: figure(
        rounds.map((round) => round.one.ms / round.two.ms),
        { goal: 1.8, unit: 'x', better: 'higher' },
      ),
    };
  },
};
