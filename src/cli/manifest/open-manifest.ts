import { resolve } from 'node:path';
import { registerHooks } from 'node:module';
import type { App } from '../../manifest/app.ts';
import { adapterTypesIn } from '../../manifest/adapter-types.ts';
import { ManifestError } from '../../manifest/manifest-error.ts';
import type { Adapter } from '../../trigger/adapter.ts';
import { builtInAdapters, loadAdapters } from './load-adapters.ts';
import type { Io } from '../io.ts';
import type { GlobalOptions } from '../program.ts';
import { readManifest, type WrittenManifest } from './read-manifest.ts';

export interface OpenedManifest {
  readonly app: App;
  /** Those that the manifest names: built in, or from packages. */
  readonly adapters: readonly Adapter[];
  /** Types of adapters whose code was not run, so that nothing is known of their options. */
  readonly unchecked: readonly string[];
}

interface OpenOptions {
  /** Whether to load adapters from packages and files, which runs their code. Default: yes. */
  readonly runAdapters?: boolean;
}

/**
 * Reads the manifest that the command line names, and loads the adapters that it names. Rejects with SLU1101 (not found), SLU1208 (an
 * adapter's package), or with a ManifestError.
 */
export async function openManifest(
  globals: GlobalOptions,
  io: Io,
  { runAdapters = true }: OpenOptions = {},
): Promise<OpenedManifest> {
  const written = readManifest(globals, io);
  const { text, file, document, env, readFile } = written;
  const types = adapterTypesIn(document);
  const foreign = types.all.filter((type) => type.includes('/'));
  if (foreign.length === 0) await loadSchemaLibrary();
  const { parseManifest } = await import('../../manifest/parse-manifest.ts');
  const others = await foreignAdapters(foreign, written, runAdapters);
  const parse = (adapters: readonly Adapter[]): OpenedManifest => {
    const app = parseManifest(text, { file, adapters, env, readFile, processors: io.processors });
    return { app: withCacheOf(io, app), adapters, unchecked: runAdapters ? [] : foreign };
  };
  const all = async () => [...(await builtInAdapters()), ...others];
  if (types.implied) return parse(await all());
  try {
    return parse([...(await builtInAdapters(types.all)), ...others]);
  } catch (thrown) {
    if (!(thrown instanceof ManifestError)) throw thrown;
    // Suggestions in the errors need all adapters, and a type may come from the environment.
    return parse(await all());
  }
}

async function foreignAdapters(
  types: readonly string[],
  { file, document }: WrittenManifest,
  run: boolean,
): Promise<readonly Adapter[]> {
  if (types.length === 0) return [];
  if (run) return loadAdapters(types, file);
  return (await import('./stand-in-adapters.ts')).standInAdapters(types, document);
}

/** SLUICE_CACHE_DIR sets the cache folder unless the manifest does: the container image keeps the cache on the volume of the state. */
function withCacheOf({ env, cwd }: Io, app: App): App {
  const dir = env['SLUICE_CACHE_DIR'];
  return dir === undefined || dir === '' || app.manifest.has(['cache', 'dir'])
    ? app
    : { ...app, cache: { dir: resolve(cwd, dir) } };
}

/** The index of zod's translations: 50 files. Sluice words its own errors. */
const TRANSLATIONS = /\/node_modules\/zod\/v4\/locales\/index\.js$/;

/**
 * Loads zod without its translations, which are a third of its files, and without compiled checks, which pay off when a schema reads many
 * values: a manifest is one. Not where third-party adapters run: they may use both.
 */
async function loadSchemaLibrary(): Promise<void> {
  const hooks = registerHooks({
    load: (url, context, next) =>
      TRANSLATIONS.test(url) ? { format: 'module', source: 'export {};', shortCircuit: true } : next(url, context),
  });
  try {
    const { z } = await import('zod');
    z.config({ jitless: true });
  } finally {
    hooks.deregister();
  }
}
