import type { Adapter } from '../trigger/adapter.ts';

const loaders: Readonly<Record<string, () => Promise<{ readonly adapter: Adapter }>>> = {
  queue: () => import('../../triggers/queue/index.ts'),
  cron: () => import('../../triggers/cron/index.ts'),
  nats: () => import('../../triggers/nats/index.ts'),
  kafka: () => import('../../triggers/kafka/index.ts'),
};

/** The types of the adapters that come with Sluice. Others are loaded by name: see `loadAdapters`. */
export const builtInTypes: readonly string[] = Object.keys(loaders);

/** Loads adapters that come with Sluice: those among `types`, by default all. */
export async function builtInAdapters(types: readonly string[] = builtInTypes): Promise<readonly Adapter[]> {
  const wanted = Object.entries(loaders).filter(([type]) => types.includes(type));
  return Promise.all(wanted.map(async ([, load]) => (await load()).adapter));
}
