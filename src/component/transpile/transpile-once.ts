import type { ErrorPlace } from '../../errors.ts';
import type { ExaminedComponent } from '../component-file.ts';
import { transpile } from './transpile.ts';
import { TranspileCache } from './transpile-cache.ts';
import { GLUE_FILE, planFor, type Provides, suspends, type Transpiled } from './transpile-plan.ts';

export interface TranspileOptions {
  readonly provides: Provides;
  /** A folder that only Sluice uses, for transpiled components; created if missing. */
  readonly cacheDir: string;
  /** The function through which events reach it. Absent: the component is only inspected. */
  readonly entryFunction?: string | undefined;
}

export interface CachedTranspiled extends Transpiled {
  /** The text of the generated code. */
  readonly glue: string;
  readonly suspends: boolean;
}

/** Takes the component from the cache, or transpiles it and puts it there. Rejects with SLU2002, SLU2008, SLU2009 or SLU2010. */
export async function transpileOnce(
  { bytes, digest, outline }: ExaminedComponent,
  { provides, cacheDir, entryFunction }: TranspileOptions,
  place: ErrorPlace,
  signal: AbortSignal,
): Promise<CachedTranspiled> {
  const plan = planFor(outline, provides, entryFunction);
  const cache = new TranspileCache(cacheDir);
  const key = cache.keyOf(digest, plan);
  let transpiled = await cache.get(key);
  if (transpiled === undefined) {
    transpiled = await transpile({ component: bytes, plan }, place, signal);
    await cache.put(key, transpiled);
  }
  return {
    ...transpiled,
    glue: Buffer.from(transpiled.files.get(GLUE_FILE) ?? []).toString(),
    suspends: suspends(plan),
  };
}
