import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { type ErrorPlace, SluiceError } from '../errors.ts';
import { adapt } from './transpile/transpile.ts';
import { TranspileCache } from './transpile/transpile-cache.ts';
import { PREAMBLE_BYTES, WasmReader, wellFormed } from './wasm-reader.ts';

/** A program (`_start`) becomes a component that exports wasi:cli/run. A library names its interfaces in custom sections. */
export type CoreKind = 'command' | 'reactor';

const CUSTOM_SECTION = 0;
const EXPORT_SECTION = 7;
const START = '_start';
/** The prefix of the custom sections in which toolchains put a module's interfaces. */
const INTERFACES = 'component-type';

/** The one file of a cache entry for a core module: the component that was made of it. */
const COMPONENT_FILE = 'component.wasm';

/** The folder of the adapters for WASI preview 1. The build copies them from a development dependency. */
const ROOT = dirname(createRequire(import.meta.url).resolve('sluice/package.json'));
const ADAPTERS =
  extname(import.meta.url) === '.ts'
    ? join(ROOT, 'node_modules', '@bytecodealliance', 'jco', 'lib')
    : join(ROOT, 'adapters');

/** The kind of a core module, by its exports and sections. `undefined`: no component can be made of it. Throws MalformedWasm. */
export function coreKindOf(module: Uint8Array): CoreKind | undefined {
  let kind: CoreKind | undefined;
  for (const { id, content } of new WasmReader(module, PREAMBLE_BYTES).sections()) {
    if (id === EXPORT_SECTION) {
      for (let left = content.u32(); left > 0; left--) {
        if (content.name() === START) return 'command';
        content.byte();
        content.skipNumber();
      }
    } else if (id === CUSTOM_SECTION && content.name().startsWith(INTERFACES)) kind = 'reactor';
  }
  return kind;
}

/**
 * Makes a component of a core module, or takes it from the cache. The work is done in a child process. Rejects with SLU2002 when that is impossible,
 * SLU2009, SLU2010 or SLU2012.
 */
export async function componentOf(
  { bytes, digest }: { readonly bytes: Uint8Array; readonly digest: string },
  cacheDir: string,
  place: ErrorPlace,
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly core: CoreKind }> {
  const core = wellFormed(() => coreKindOf(bytes), place);
  if (core === undefined) {
    throw new SluiceError('SLU2002', 'wanted a WebAssembly component, got a core module that does not say what it is', {
      place,
      fix: 'build it as a program for WASI preview 1 (it exports _start), or as a component for wasm32-wasip2',
    });
  }
  const adapter = await readFile(join(ADAPTERS, `wasi_snapshot_preview1.${core}.wasm`));
  const cache = new TranspileCache(cacheDir);
  const key = cache.keyOf(digest, { adapter: createHash('sha256').update(adapter).digest('hex') });
  const cached = (await cache.get(key))?.files.get(COMPONENT_FILE);
  if (cached !== undefined) return { bytes: cached, core };
  const component = await adapt({ core: bytes, adapter }, place, signal);
  await cache.put(key, { imports: [], instances: {}, files: new Map([[COMPONENT_FILE, component]]) });
  return { bytes: component, core };
}
