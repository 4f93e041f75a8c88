import { type Bench, figure, percentile } from './figure.ts';
import { callOf, eventOf, GuestPool } from './guest-pool.ts';
import { plainWork } from './plain-work.ts';
import { again } from './rounds.ts';
import { events } from './settings.ts';
import { ratePerSecond } from './stopwatch.ts';

const LASTS_MS = 2_000;

/** Milliseconds between submitting and finishing, at half of what the pool can do, less the plain work. */
export const latency: Bench = {
  name: 'latency',
  about: 'added to a call at half of full load: submitted to finished, over the plain work',
  async run() {
    await using guest = await GuestPool.open('accepts');
    const event = eventOf(100);
    const calls = events(50_000);
    await guest.calls(event, calls);
    const perMs = ratePerSecond(await guest.calls(event, calls)) / 1000 / 2;
    const plainMs = plainCostMs(event.data, calls);
    const rounds = await again('latency', () => openLoop(guest, perMs));
    const at = (share: number): number[] => rounds.map((samples) => (percentile(samples, share) - plainMs) * 1000);
    return {
      'latency.p50': figure(at(0.5), { goal: 100, unit: 'us', better: 'lower' }),
      'latency.p99': figure(at(0.99), { goal: 1000, unit: 'us', better: 'lower' }),
    };
  },
};

function plainCostMs(data: Uint8Array, calls: number): number {
  const start = performance.now();
  for (let n = 0; n < calls; n += 1) plainWork(data);
  return (performance.now() - start) / calls;
}

/** Calls come at their time, whether or not earlier ones are done: what waits is counted from when it was due. */
async function openLoop({ pool }: GuestPool, perMs: number): Promise<number[]> {
  const event = eventOf(100);
  const samples: number[] = [];
  const start = performance.now();
  let submitted = 0;
  await new Promise<void>((resolve) => {
    const finished = (due: number): void => {
      samples.push(performance.now() - due);
      if (samples.length === submitted && performance.now() - start > LASTS_MS) resolve();
    };
    const step = (): void => {
      const now = performance.now();
      const due = Math.min(Math.floor((now - start) * perMs), Math.floor(LASTS_MS * perMs));
      for (; submitted < due; submitted += 1) {
        const dueAt = start + submitted / perMs;
        pool.submit(callOf(event, () => finished(dueAt)));
      }
      if (now - start < LASTS_MS) setImmediate(step);
    };
    step();
  });
  return samples;
}
