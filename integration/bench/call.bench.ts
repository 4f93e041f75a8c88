import { type Bench, type Figures, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { plainWork } from './plain-work.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';
import { measured, type Run } from './stopwatch.ts';

/** Microseconds that a call costs over the guest's own work, which is taken to be that of the same loop in JavaScript. */
export const call: Bench = {
  name: 'call',
  about:
    'the own contract, a tiny compiled guest, one thread, no broker; over the same work in JavaScript; directly, and by the glue',
  async run() {
    await using direct = await GuestPool.open('accepts');
    await using glue = await GuestPool.open('accepts', { callPath: 'glue' });
    const calls = events(100_000);
    const compare = async (size: string, bytes: number, goal: number): Promise<Figures> => {
      const event = eventOf(bytes);
      const plain = (): Promise<Run> =>
        measured(calls, () => {
          for (let n = 0; n < calls; n += 1) plainWork(event.data);
        });
      const rounds = await inTurn(`call ${size}`, {
        plain,
        direct: () => direct.calls(event, calls),
        glue: () => glue.calls(event, calls),
      });
      const over = (way: 'direct' | 'glue'): number[] =>
        rounds.map((round) => ((round[way].ms - round.plain.ms) / calls) * 1000);
      return {
        [`call.${size}`]: figure(over('direct'), { goal, unit: 'us', better: 'lower' }),
        [`call.${size}.glue`]: figure(over('glue'), { unit: 'us', better: 'lower' }),
      };
    };
    return { ...(await compare('100B', 100, 1)), ...(await compare('1KiB', 1024, 0.5)) };
  },
};
