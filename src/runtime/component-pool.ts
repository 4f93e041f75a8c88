import { provides } from '../capability/capabilities.ts';
import type { Clock } from '../clock.ts';
import { loadComponent } from '../component/load-component.ts';
import { contracts } from '../contract/contracts.ts';
import type { Logger } from '../logger.ts';
import type { App, ComponentSettings } from '../manifest/app.ts';
import { InstancePool } from '../pool/pool.ts';
import type { SharedStore } from '../trigger/shared-store.ts';
import type { StateFile } from '../state/state-file.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

export interface PoolContext {
  readonly app: App;
  readonly state: StateFile;
  readonly stores: ReadonlyMap<string, SharedStore>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Loads a component of the manifest and opens its pool. Rejects as `loadComponent` and `InstancePool.open` do. */
export async function openPool(
  { name, source, limits, pool, config, allow }: ComponentSettings,
  { app, state, stores, telemetry, clock, log }: PoolContext,
  signal: AbortSignal,
): Promise<InstancePool> {
  const { memoryBytes, maxCalls, outputBytes } = limits;
  const options = { name, source, contracts, provides, cacheDir: app.cache.dir, memoryBytes, log };
  const component = await loadComponent(options, signal);
  return InstancePool.open(
    component,
    {
      ...pool,
      grants: { ...allow, config },
      maxCalls,
      outputBytes,
      state,
      stores,
      clock,
      log,
      threadEnded: (reason) => telemetry.threadEnded(name, reason),
    },
    signal,
  );
}
