import { grantFor, providesFor } from '../../capability/capabilities.ts';
import { loadComponent, shownNames } from '../../component/load-component.ts';
import { contracts } from '../../contract/contracts.ts';
import { SluiceError } from '../../errors.ts';
import { silentLogger } from '../../logger.ts';
import type { EventKind } from '../../event.ts';
import type { App, ComponentSettings } from '../../manifest/app.ts';
import type { Adapter } from '../../trigger/adapter.ts';
import type { OpenedManifest } from '../manifest/open-manifest.ts';
import { asSluiceError } from '../output/print-error.ts';

/** Something that passed its check: `component enrich: sluice:event/handler@0.1.0`. */
export interface Checked {
  readonly kind: 'component' | 'trigger' | 'output' | 'store';
  readonly name: string;
  readonly detail: string;
}

/** The results of a check so far. */
export interface Findings {
  readonly fine: readonly Checked[];
  readonly errors: readonly SluiceError[];
}

/** Loads every component. This also fills the cache for the first start. */
export async function checkComponents({ app, adapters }: Pick<OpenedManifest, 'app' | 'adapters'>): Promise<Findings> {
  const fine: Checked[] = [];
  const errors: SluiceError[] = [];
  for (const component of app.components.values()) {
    try {
      fine.push(await checkComponent(component, kindsFor(component, app, adapters), app.cache.dir));
    } catch (thrown) {
      errors.push(withBuildFix(asSluiceError(thrown), component));
    }
  }
  return { fine, errors };
}

async function checkComponent(
  settings: ComponentSettings,
  kinds: readonly EventKind[],
  cacheDir: string,
): Promise<Checked> {
  const { name, source, contract, strictImports, limits, pool, allow } = settings;
  const { memoryBytes } = limits;
  const loading = {
    name,
    source,
    contracts,
    provides: providesFor(allow),
    cacheDir,
    memoryBytes,
    contract,
    strictImports,
    log: silentLogger,
  };
  const { entries, unused, entry, imports, stubs } = await loadComponent(loading, new AbortController().signal);
  const used = [...new Set(kinds.map((kind) => entries[kind]))];
  const others = [entry, ...unused].filter((each) => !used.includes(each));
  const missing = notGranted(imports, settings);
  return {
    kind: 'component',
    name,
    detail: [
      used.join(' and ') + (others.length > 0 ? ` (not used: ${others.join(', ')})` : ''),
      ...(pool.host === 'process' ? ['host: process'] : []),
      ...(Object.keys(stubs).length > 0 ? [`fails when called: ${shownNames(Object.keys(stubs)).join(', ')}`] : []),
      ...(missing.length > 0 ? [`not granted: ${missing.join(', ')}`] : []),
    ].join('; '),
  };
}

/** The kinds of events of its triggers. A component without a trigger is checked as if it had a queue. */
function kindsFor({ name }: ComponentSettings, app: App, adapters: readonly Adapter[]): readonly EventKind[] {
  const types = app.triggers.filter(({ component }) => component === name).map(({ type }) => type);
  const kinds = types.map((type) => adapters.find((adapter) => adapter.type === type)?.trigger?.delivers ?? 'message');
  return kinds.length > 0 ? kinds : ['message'];
}

/** A component that is built from source may be missing because it was not built yet. */
function withBuildFix(error: SluiceError, { build }: ComponentSettings): SluiceError {
  if (error.code !== 'SLU2001' || build === undefined) return error;
  const { message, place, cause } = error;
  return new SluiceError('SLU2001', message, {
    cause,
    ...(place && { place }),
    fix: `cd ${build.dir} && ${build.command}`,
  });
}

/**
 * Grants that imports need and the manifest lacks: their calls are denied. Environment, folders and config are left out: toolchains import them into
 * nearly every component, and without a grant they are just empty.
 */
function notGranted(imports: readonly string[], { allow }: ComponentSettings): readonly string[] {
  const asked = new Set(imports.map(grantFor));
  const given: Readonly<Record<string, readonly unknown[]>> = {
    'allow.http': allow.http,
    'allow.keyvalue': allow.keyvalue,
    'allow.publish': Object.keys(allow.publish),
  };
  return Object.keys(given).filter((grant) => asked.has(grant) && given[grant]?.length === 0);
}
