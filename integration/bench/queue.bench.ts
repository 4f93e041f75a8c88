import { type Bench, figure } from './figure.ts';
import { handleByHand } from './plain-queue.ts';
import { handleQueued } from './queue-runtime.ts';
import { inTurn } from './rounds.ts';

const ITEMS = 30_000;

export const queue: Bench = {
  name: 'queue',
  about: 'items of the embedded queue handled and settled durably; beside a hand-written node:sqlite loop',
  async run() {
    const compare = async (bytes: number) => {
      const items = Array.from({ length: ITEMS }, () => ({ headers: [], data: new Uint8Array(bytes).fill(7) }));
      return inTurn(
        () => Promise.resolve(handleByHand(ITEMS, bytes)),
        () => handleQueued({ items }),
      );
    };
    const small = await compare(100);
    const large = await compare(1024);
    const ratio = { goal: 0.9, unit: 'of plain', better: 'higher' } as const;
    return {
      'queue.100B': figure(
        small.map(({ a, b }) => a / b),
        ratio,
      ),
      'queue.1KiB': figure(
        large.map(({ a, b }) => a / b),
        ratio,
      ),
      'queue.rate.100B': figure(
        small.map(({ b }) => ITEMS / (b / 1000)),
        { goal: 50_000, unit: 'events/s', better: 'higher' },
      ),
    };
  },
};
