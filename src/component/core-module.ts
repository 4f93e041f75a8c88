import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { type ErrorPlace, SluiceError } from '../errors.ts';
import { adapt } from './transpile/transpile.ts';
import { TranspileCache } from './transpile/transpile-cache.ts';
import { PREAMBLE_BYTES, WasmReader, wellFormed } from './wasm-reader.ts';

/** A program (`_start`), which becomes a component that exports wasi:cli/run; or a library that says what interfaces it has. */
export type CoreKind = 'command' | 'reactor';

const CUSTOM_SECTION = 0;
const EXPORT_SECTION = 7;
const START = '_start';
/** Toolchains that make components put a module's interfaces into custom sections that begin so. */
const INTERFACES = 'component-type';

/** The one file of a cache entry that holds a component rather than what was transpiled of one. */
const COMPONENT_FILE = 'component.wasm';

/** Where the adapters of WASI preview 1 are: the build copies them from the package that has them, which is one for development. */
const ROOT = dirname(createRequire(import.meta.url).resolve('sluice/package.json'));
const ADAPTERS =
  extname(import.meta.url) === '.ts'
    ? join(ROOT, 'node_modules', '@bytecodealliance', 'jco', 'lib')
    : join(ROOT, 'adapters');

/** What a core module is, by its exports and sections. `undefined`: nothing that could be made a component. Throws MalformedWasm. */
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
 * The component that a core module is made: from the cache, or else in a process of its own and put there. Rejects with SLU2002 when it can't
 * be made one, SLU2009, SLU2010 or SLU2012.
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
