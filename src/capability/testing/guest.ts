import { join } from 'node:path';
import { GlueBoundary, type InstantiateCore } from '../../component/glue/glue-boundary.ts';
import { importGlue } from '../../component/glue/import-glue.ts';
import { loadComponent } from '../../component/load-component.ts';
import type { Answer, GuestEvent } from '../../contract/contract.ts';
import { contracts } from '../../contract/contracts.ts';
import { silentLogger } from '../../logger.ts';
import { capabilities, providesFor } from '../capabilities.ts';
import { LoneInstance, type LoneInstanceOptions } from './lone-instance.ts';

const cacheDir = join(import.meta.dirname, '..', '..', '..', '.cache', 'components');

interface Glue {
  readonly instantiate: (
    module: (name: string) => WebAssembly.Module | undefined,
    imports: object,
    instantiateCore: InstantiateCore,
  ) => Promise<Readonly<Record<string, unknown>>>;
}

/** One instance of a compiled component, and what it is given. */
export interface Guest {
  readonly instance: LoneInstance;
  readonly suspends: boolean;
  /** Calls it with the text as the event's data. */
  readonly call: (text?: string) => Promise<Answer>;
}

/** Instantiates the component at `source` with the real capabilities and nothing in between. */
export async function guestAt(source: string, options: Omit<LoneInstanceOptions, 'suspends'> = {}): Promise<Guest> {
  const { http = [], publish = {} } = options.grants ?? {};
  const provides = providesFor({ http, publish });
  const component = await loadComponent(
    { name: 'guest', source, contracts, provides, cacheDir, memoryBytes: 2 ** 26, callPath: 'glue', log: silentLogger },
    new AbortController().signal,
  );
  const { suspends } = component;
  const instance = new LoneInstance({ ...options, suspends });
  const imports: Record<string, object> = {};
  for (const name of component.imports) {
    imports[name] = (await capabilities.find((capability) => capability.provides(name))?.bind(name, instance)) ?? {};
  }
  const { instantiate } = (await importGlue(component.glue)) as Glue;
  const boundary = new GlueBoundary(2 ** 26);
  const exports = await instantiate((module) => component.modules.get(module), imports, boundary.instantiateCore());
  const bound = contracts
    .find(({ name }) => name === component.contract)
    ?.bind(exports[component.entry], () => instance);
  if (bound === undefined || !('one' in bound)) throw new TypeError(`${source} does not handle one event at a time`);
  return { instance, suspends, call: async (text = '') => bound.one(eventOf(text)) };
}

function eventOf(text: string): GuestEvent {
  const data = Buffer.from(text);
  return {
    id: '1',
    source: 'queue:jobs',
    subject: 'jobs',
    time: 1_700_000_000_000_000_000n,
    attempt: 1,
    headers: [],
    data,
  };
}
