import { type Bench, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { plainWork } from './plain-work.ts';
import { inTurn, timed } from './rounds.ts';

const CALLS = 100_000;

/** Microseconds that a call costs over the guest's own work, which is taken to be that of the same loop in JavaScript. */
export const call: Bench = {
  name: 'call',
  about: 'the own contract, a tiny compiled guest, one thread, no broker; over the same work as a JavaScript function',
  async run() {
    await using guest = await GuestPool.open('accepts');
    const overhead = async (bytes: number): Promise<number[]> => {
      const event = eventOf(bytes);
      const plain = (): Promise<number> =>
        timed(() => {
          for (let n = 0; n < CALLS; n += 1) plainWork(event.data);
        });
      const pairs = await inTurn(plain, () => guest.calls(event, CALLS));
      return pairs.map(({ a, b }) => ((b - a) / CALLS) * 1000);
    };
    return {
      'call.100B': figure(await overhead(100), { goal: 1, unit: 'us', better: 'lower' }),
      'call.1KiB': figure(await overhead(1024), { goal: 0.5, unit: 'us', better: 'lower' }),
    };
  },
};
