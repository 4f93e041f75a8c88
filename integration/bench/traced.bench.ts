import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Bench, figure } from './figure.ts';
import { handleQueued } from './queue-runtime.ts';
import { inTurn } from './rounds.ts';
import { events } from './settings.ts';

export const traced: Bench = {
  name: 'traced',
  about: 'the embedded queue with every span sampled and exported in batches, beside the same without tracing',
  async run() {
    const collector = new Worker(new URL('./collector.ts', import.meta.url));
    const [url] = (await once(collector, 'message')) as [string]; // what it posts
    const items = Array.from({ length: events(20_000) }, () => ({ headers: [], data: new Uint8Array(100) }));
    try {
      const rounds = await inTurn('traced', {
        without: () => withEndpoint(undefined, () => handleQueued({ items })),
        traced: () => withEndpoint(url, () => handleQueued({ items })),
      });
      return {
        traced: figure(
          rounds.map(({ without, traced }) => without.ms / traced.ms),
          { goal: 0.85, unit: 'of untraced', better: 'higher' },
        ),
      };
    } finally {
      await collector.terminate();
    }
  },
};

/** Telemetry is configured by the environment alone, as users do it. */
async function withEndpoint<T>(url: string | undefined, step: () => Promise<T>): Promise<T> {
  if (url !== undefined) Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_EXPORTER: 'otlp' });
  try {
    return await step();
  } finally {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    delete process.env['OTEL_TRACES_EXPORTER'];
  }
}
