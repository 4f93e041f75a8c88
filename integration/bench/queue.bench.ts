import { beside } from './beside.ts';
import type { Bench, Figures } from './figure.ts';
import { handleByHand } from './plain-queue.ts';
import { handleQueued, itemsOf } from './queue-runtime.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';

export const queue: Bench = {
  name: 'queue',
  about:
    'items of the embedded queue handled and settled durably; beside a hand-written node:sqlite loop, synced to disk and not',
  async run() {
    const compare = async (size: string, bytes: number, rate?: number): Promise<Figures> => {
      const count = events(30_000);
      const items = itemsOf(count, bytes);
      const rounds = await inTurn(`queue ${size}`, {
        plain: () => handleByHand(count, bytes),
        sluice: () => handleQueued({ items }),
        unconfirmed: () => handleByHand(count, bytes, { synced: false }),
      });
      return beside(`queue.${size}`, rounds, { ratio: 0.9, ...(rate !== undefined && { rate }) });
    };
    return { ...(await compare('100B', 100, 50_000)), ...(await compare('1KiB', 1024)) };
  },
};
