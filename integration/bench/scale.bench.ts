import { type Bench, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { handleQueued } from './queue-runtime.ts';
import { inTurn } from './rounds.ts';

const ITEMS = 12_000;
const MANY = 8;
const flat = { goal: 1.25, unit: 'x the cost', better: 'lower' } as const;

export const scale: Bench = {
  name: 'scale',
  about: `cost per event with ${MANY} components, with 1,000 lanes, and with 64 instances, beside one of each`,
  async run() {
    const items = Array.from({ length: ITEMS }, () => ({ headers: [], data: new Uint8Array(100) }));
    const laned = items.map((item, n) => ({ ...item, key: new TextEncoder().encode(`lane-${n % 1000}`) }));
    const components = await inTurn(
      () => handleQueued({ items }),
      () => handleQueued({ items, triggers: MANY }),
    );
    const lanes = await inTurn(
      () => handleQueued({ items }),
      () => handleQueued({ items: laned }),
    );
    await using one = await GuestPool.open('sleeps', { instances: 1 });
    await using many = await GuestPool.open('sleeps', { instances: 64 });
    const event = eventOf(0);
    const instances = await inTurn(
      () => one.calls(event, 500),
      () => many.calls(event, 500),
    );
    const cost = (pairs: readonly { a: number; b: number }[]): number[] => pairs.map(({ a, b }) => b / a);
    return {
      'scale.components': figure(cost(components), flat),
      'scale.lanes': figure(cost(lanes), flat),
      'scale.instances': figure(cost(instances), flat),
    };
  },
};
