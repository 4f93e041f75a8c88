import { basename, resolve } from 'node:path';
import type { z } from 'zod';
import type {
  App,
  ComponentSettings,
  DeadLetterSettings,
  OutputSettings,
  StoreSettings,
  TriggerSettings,
} from './app.ts';
import type { componentSchema } from './schema/component-schema.ts';
import type { manifestSchema } from './schema/manifest-schema.ts';
import type { ManifestText } from './manifest-text.ts';
import { formatPath } from './toml/toml-table.ts';
import { mostConcurrency } from './schema/trigger-schema.ts';
import { type TriggerTable, triggerTables } from './trigger-tables.ts';

type Read = z.output<ReturnType<typeof manifestSchema>>;

/** Facts that are not in the manifest. */
export interface Surroundings {
  /** The manifest's folder. */
  readonly dir: string;
  readonly processors: number;
}

/** Waiting deliveries for each running instance: enough to keep batches full. */
const deliveriesPerInstance = 16;
/** Memory of a child process beside its instances, including room for values that guests hand over. */
const NODE_BYTES = 256 * 2 ** 20;
const mostDefaultThreads = 4;

/** Fills in the defaults that depend on something else, and makes paths absolute. */
export function buildApp(read: Read, manifest: ManifestText, { dir, processors }: Surroundings): App {
  const components = mapValues(read.component, (component, name) => buildComponent(name, component, dir, processors));
  return {
    name: read.app.name ?? (basename(dir) || 'app'),
    file: manifest.file,
    dir,
    state: { path: resolve(dir, read.state.path) },
    deadLetters: { maxAgeMs: read.dead_letters.max_age, maxBytes: read.dead_letters.max_size },
    cache: { dir: resolve(dir, read.cache.dir) },
    limits: { eventBytes: read.limits.event_size, hops: read.limits.hops },
    shutdown: { graceMs: read.shutdown.grace },
    server: read.server,
    connections: mapValues(read.connection, ({ keys, options }, name) => ({ name, type: keys.type, options })),
    components,
    triggers: triggerTables(manifest.tree).map((table) => buildTrigger(table, read.trigger, components)),
    outputs: mapValues(read.output, buildBrokered),
    stores: mapValues(read.store, buildBrokered),
    manifest,
  };
}

function buildComponent(
  name: string,
  {
    source,
    build,
    contract,
    strict_imports: strictImports,
    call_path: callPath,
    limits,
    pool,
    args,
    config,
    allow,
  }: z.output<typeof componentSchema>,
  dir: string,
  processors: number,
): ComponentSettings {
  const defaultThreads = Math.max(1, Math.min(processors - 1, mostDefaultThreads, pool.instances));
  const files = Object.entries(allow.files).map(([guest, { host, readonly }]) => {
    return [guest, { host: resolve(dir, host), readonly }] as const;
  });
  return {
    name,
    source: resolve(dir, source),
    ...(build === undefined ? {} : { build: { ...build, dir: resolve(dir, build.dir) } }),
    ...(contract === undefined ? {} : { contract }),
    strictImports,
    callPath,
    limits: {
      memoryBytes: limits.memory,
      timeoutMs: limits.timeout,
      maxCalls: limits.max_calls,
      outputBytes: limits.output_size,
      budgetBytes: limits.budget ?? NODE_BYTES + 4 * limits.memory,
    },
    pool: { ...pool, threads: pool.threads ?? defaultThreads },
    args,
    config,
    allow: { ...allow, files: Object.fromEntries(files) },
  };
}

function buildTrigger(
  { type, index, name, path }: TriggerTable,
  read: Read['trigger'],
  components: ReadonlyMap<string, ComponentSettings>,
): TriggerSettings {
  const table = read[type]?.[index];
  const component = table && components.get(table.keys.component);
  if (table === undefined || component === undefined || name === undefined) {
    throw new TypeError(`${formatPath(path)} was not checked`);
  }
  const { keys, options } = table;
  const { attempts, first, max, max_age: maxAge } = keys.retry;
  return {
    name,
    type,
    component: component.name,
    ...(keys.connection === undefined ? {} : { connection: keys.connection }),
    ...(keys.store === undefined ? {} : { store: keys.store }),
    concurrency: keys.concurrency ?? Math.min(component.pool.instances * deliveriesPerInstance, mostConcurrency),
    orderStrict: keys.order_strict,
    retry: { attempts, firstMs: first, maxMs: max, ...(maxAge === 'off' ? {} : { maxAgeMs: maxAge }) },
    deadLetter: deadLetter(keys.dead_letter),
    onFailure: keys.on_failure,
    ...(keys.timeout === undefined ? {} : { timeoutMs: keys.timeout }),
    options,
    path: formatPath(path),
  };
}

function buildBrokered(
  { keys: { type, connection }, options }: Read['output'][string],
  name: string,
): OutputSettings & StoreSettings {
  return { name, type, ...(connection === undefined ? {} : { connection }), options };
}

function deadLetter(written: string): DeadLetterSettings {
  return written === 'store' || written === 'drop' ? { kind: written } : { kind: 'output', output: written };
}

function mapValues<From, To>(
  table: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Map<string, To> {
  return new Map(Object.entries(table).map(([key, value]) => [key, map(value, key)]));
}
