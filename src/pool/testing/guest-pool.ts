import { join } from 'node:path';
import { buildGuest } from '../../../integration/guests/build-guest.ts';
import { providesFor } from '../../capability/capabilities.ts';
import type { Grants } from '../../capability/capability.ts';
import { systemClock } from '../../clock.ts';
import type { Component } from '../../component/component.ts';
import { loadComponent } from '../../component/load-component.ts';
import { contracts } from '../../contract/contracts.ts';
import { silentLogger } from '../../logger.ts';
import { StateFile } from '../../state/state-file.ts';
import type { HostKind } from '../host/host.ts';
import { InstancePool, type PoolOptions } from '../pool.ts';

/** Kept from run to run: transpiling takes a while. */
export const cacheDir = join(import.meta.dirname, '..', '..', '..', '.cache', 'components');

export const noGrants: Grants = { config: {}, env: {}, keyvalue: [], files: {}, http: [], publish: {} };
export const never = new AbortController().signal;

let host: HostKind = 'thread';

/** Where pools of the tests that are loaded after this have their guests. */
export function useHost(kind: HostKind): void {
  host = kind;
}

/** For tests that look at what only one kind of host has. */
export function skipOn(kind: HostKind): { readonly skip: boolean } {
  return { skip: host === kind };
}

/** A test guest, compiled and loaded. `memoryBytes` default: 16 MiB. `granted`: by the manifest. */
export async function loadGuest(
  name: string,
  memoryBytes = 16 * 2 ** 20,
  granted: Pick<Grants, 'http' | 'publish'> = noGrants,
): Promise<Component> {
  const source = await buildGuest(name);
  const provides = providesFor(granted);
  return loadComponent(
    { name, source, contracts, provides, cacheDir, memoryBytes, keepWasm: true, log: silentLogger },
    never,
  );
}

/** Small numbers for everything that is not given. */
export function optionsFor(given: Partial<PoolOptions> = {}): PoolOptions {
  return {
    grants: noGrants,
    host,
    budgetBytes: 2 ** 30,
    threads: 1,
    instances: 4,
    isolation: 'shared',
    maxCalls: 100_000,
    outputBytes: 2 ** 20,
    state: StateFile.open(':memory:'),
    clock: systemClock,
    log: silentLogger,
    ...given,
  };
}

/** A pool of a component, or of the test guest of that name. */
export async function openPool(guest: string | Component, given: Partial<PoolOptions> = {}): Promise<InstancePool> {
  const component = typeof guest === 'string' ? await loadGuest(guest, undefined, given.grants) : guest;
  return InstancePool.open(component, optionsFor(given), never);
}
