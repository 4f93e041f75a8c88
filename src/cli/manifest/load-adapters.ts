import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { reasonOf, SluiceError } from '../../errors.ts';
import type { Adapter } from '../../trigger/adapter.ts';

/**
 * Loads modules, which runs their code: packages with a scope (`@acme/sluice-sqs`), or files (`./adapters/sqs.js`). Both are resolved from the
 * manifest. An adapter's type in the manifest is the name by which it was loaded. Rejects with SLU1208.
 */
export async function loadAdapters(types: readonly string[], manifest: string): Promise<readonly Adapter[]> {
  const adapters: Adapter[] = [];
  for (const type of types) {
    const { adapter } = await importFrom(manifest, type);
    if (!isAdapter(adapter)) throw cannotLoad(type, manifest, 'it exports no `adapter` with a type and a summary');
    adapters.push({ ...adapter, type });
  }
  return adapters;
}

async function importFrom(manifest: string, specifier: string): Promise<{ readonly adapter?: unknown }> {
  const parentURL = pathToFileURL(manifest).href;
  const hooks = registerHooks({
    resolve: (wanted, context, next) => next(wanted, wanted === specifier ? { ...context, parentURL } : context),
  });
  try {
    return (await import(specifier)) as { readonly adapter?: unknown }; // any module may have such an export
  } catch (thrown) {
    throw cannotLoad(specifier, manifest, reasonOf(thrown), thrown);
  } finally {
    hooks.deregister();
  }
}

function isAdapter(value: unknown): value is Adapter {
  if (typeof value !== 'object' || value === null) return false;
  return 'type' in value && typeof value.type === 'string' && 'summary' in value && typeof value.summary === 'string';
}

function cannotLoad(type: string, manifest: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('SLU1208', `the adapter "${type}" can't be loaded: ${reason}`, {
    cause,
    place: { file: manifest },
    ...(type.startsWith('.') ? {} : { fix: `npm install ${type}` }),
  });
}

const loaders: Readonly<Record<string, () => Promise<{ readonly adapter: Adapter }>>> = {
  queue: () => import('../../../triggers/queue/index.ts'),
  cron: () => import('../../../triggers/cron/index.ts'),
  nats: () => import('../../../triggers/nats/index.ts'),
  kafka: () => import('../../../triggers/kafka/index.ts'),
};

/** The types of the adapters that come with Sluice. Others are loaded by name: see `loadAdapters`. */
const builtInTypes: readonly string[] = Object.keys(loaders);

/** Loads adapters that come with Sluice: those among `types`, by default all. */
export async function builtInAdapters(types: readonly string[] = builtInTypes): Promise<readonly Adapter[]> {
  const wanted = Object.entries(loaders).filter(([type]) => types.includes(type));
  return Promise.all(wanted.map(async ([, load]) => (await load()).adapter));
}
