import { providesFor } from '../capability/capabilities.ts';
import type { Clock } from '../clock.ts';
import type { Component } from '../component/component.ts';
import { loadComponent } from '../component/load-component.ts';
import { contractNamed, contracts } from '../contract/contracts.ts';
import type { EventKind } from '../event.ts';
import type { Logger } from '../logger.ts';
import type { App, ComponentSettings } from '../manifest/app.ts';
import { InstancePool } from '../pool/pool.ts';
import type { SharedStore } from '../trigger/shared-store.ts';
import type { StateFile } from '../state/state-file.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { HeldFolders } from './grants/held-folders.ts';

export interface PoolContext {
  readonly app: App;
  readonly state: StateFile;
  readonly stores: ReadonlyMap<string, SharedStore>;
  /** The open folders of allow.files. */
  readonly folders: HeldFolders;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Loads the current file of a component in the manifest, for events of that kind. Rejects as `loadComponent` does. */
export async function load(
  { name, source, contract, strictImports, callPath, limits, pool, allow }: ComponentSettings,
  kind: EventKind,
  { app, log }: Pick<PoolContext, 'app' | 'log'>,
  signal: AbortSignal,
): Promise<Component> {
  const { memoryBytes } = limits;
  const wish = { contract, kind, strictImports };
  const provides = providesFor(allow);
  const options = { name, source, contracts, provides, cacheDir: app.cache.dir, memoryBytes, callPath, log, ...wish };
  return loadComponent({ ...options, keepWasm: pool.host === 'process' }, signal);
}

/** Opens a pool with the manifest's settings for the component. Rejects as `InstancePool.open` does. */
export function openPool(
  component: Component,
  { name, limits, pool, args, config, allow }: ComponentSettings,
  { state, stores, folders, telemetry, clock, log }: PoolContext,
  signal: AbortSignal,
): Promise<InstancePool> {
  const { maxCalls, outputBytes, budgetBytes } = limits;
  return InstancePool.open(
    component,
    {
      ...pool,
      isolation: contractNamed(component.contract).isolation ?? pool.isolation,
      grants: { ...allow, files: folders.of(name), config, args: [name, ...args] },
      maxCalls,
      outputBytes,
      budgetBytes,
      state,
      stores,
      clock,
      log,
      threadEnded: (reason) => telemetry.threadEnded(name, reason),
    },
    signal,
  );
}
