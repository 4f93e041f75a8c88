import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SluiceError } from '../errors.ts';
import type { App } from '../manifest/app.ts';
import { fileTrouble } from '../file-trouble.ts';
import { readRegularText } from '../regular-file.ts';
import { adapterTypesIn } from '../manifest/manifest-adapters.ts';
import { parseManifest, parseToml } from '../manifest/parse-manifest.ts';
import type { Adapter } from '../trigger/adapter.ts';
import { builtInAdapters } from './adapters.ts';
import type { Io } from './io.ts';
import { loadAdapters } from './load-adapters.ts';
import { notLoaded } from './not-loaded.ts';
import type { GlobalOptions } from './program.ts';

export interface OpenedManifest {
  readonly app: App;
  /** Those that are built in, and those from packages that the manifest names. */
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
  { manifest }: GlobalOptions,
  io: Io,
  { runAdapters = true }: OpenOptions = {},
): Promise<OpenedManifest> {
  const given = resolve(io.cwd, manifest);
  const file = statSync(given, { throwIfNoEntry: false })?.isDirectory() === true ? join(given, 'sluice.toml') : given;
  const text = readManifest(file);
  const dir = dirname(file);
  const document = parseToml(text, file);
  const foreign = adapterTypesIn(document).filter((type) => type.includes('/'));
  const others = runAdapters ? await loadAdapters(foreign, file) : notLoaded(foreign, document);
  const adapters = [...builtInAdapters, ...others];
  const readFile = (path: string): string => readRegularText(resolve(dir, path));
  return {
    app: withCacheOf(io, parseManifest(text, { file, adapters, env: io.env, readFile, processors: io.processors })),
    adapters,
    unchecked: runAdapters ? [] : foreign,
  };
}

/** An image keeps its cache beside the state, which is a volume; a manifest that names a folder has the last word. */
function withCacheOf({ env, cwd }: Io, app: App): App {
  const dir = env['SLUICE_CACHE_DIR'];
  return dir === undefined || dir === '' || app.source.has(['cache', 'dir'])
    ? app
    : { ...app, cache: { dir: resolve(cwd, dir) } };
}

function readManifest(file: string): string {
  try {
    return readRegularText(file);
  } catch (thrown) {
    throw new SluiceError('SLU1101', `the manifest can't be read: ${fileTrouble(thrown)}`, {
      cause: thrown,
      place: { file },
      fix: 'go to its folder, or name it: sluice --manifest PATH',
    });
  }
}
