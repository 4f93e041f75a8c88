import type { Adapter } from '../trigger/adapter.ts';
import { formatSize } from '../trigger/size.ts';
import type { App } from './app.ts';
import { chooseVariant, type JsonSchema, manifestJsonSchema, memberSchema, subschema } from './schema/json-schema.ts';
import { userHider } from './manifest-text.ts';
import { hidden } from '../printable.ts';
import { formatPath, isTable, type TomlPath } from './toml/toml-table.ts';

/** One value of an application, in the manifest's spelling. */
export interface Setting {
  /** `component.enrich.limits.memory`. */
  readonly path: string;
  /** Secrets are shown as `***`, URLs without their user info. */
  readonly value: unknown;
  readonly origin: SettingOrigin;
}

/**
 * Where a value comes from: `default` (the same everywhere), `derived` (from other values, or from this machine), a line of the manifest,
 * or through a line of the manifest from environment variables and files.
 */
export type SettingOrigin =
  | { readonly kind: 'default' | 'derived' }
  | { readonly kind: 'manifest'; readonly line: number }
  | { readonly kind: 'reference'; readonly line: number; readonly from: readonly string[] };

/** Every value in effect, in the order of the schema. Keys with neither a value nor a default are left out. */
export function effectiveSettings(app: App, adapters: readonly Adapter[]): readonly Setting[] {
  return [...new SettingsWalk(app).walk(manifestJsonSchema(adapters), app.manifest.tree, [])];
}

class SettingsWalk {
  readonly #app: App;
  readonly #derived: ReadonlyMap<string, unknown>;

  constructor(app: App) {
    this.#app = app;
    this.#derived = derivedValues(app);
  }

  *walk(schema: JsonSchema, written: unknown, path: TomlPath): Generator<Setting> {
    const value = written ?? schema.default;
    const { properties = {}, items, type } = chooseVariant(schema, value);
    if (Array.isArray(value) && subschema(items)?.type === 'object') {
      for (const [index, each] of value.entries()) yield* this.walk(subschema(items) ?? {}, each, [...path, index]);
    } else if (type === 'object' && isTable(value)) {
      for (const key of new Set([...Object.keys(properties), ...Object.keys(value)])) {
        yield* this.walk(memberSchema(chooseVariant(schema, value), key) ?? {}, value[key], [...path, key]);
      }
    } else {
      yield* this.#setting(value, path);
    }
  }

  *#setting(value: unknown, path: TomlPath): Generator<Setting> {
    const shown = value ?? this.#derived.get(formatPath(path));
    if (shown === undefined) return;
    yield { path: formatPath(path), value: this.#withoutSecrets(shown, path), origin: this.#originOf(value, path) };
  }

  #originOf(value: unknown, path: TomlPath): SettingOrigin {
    const { manifest } = this.#app;
    if (!manifest.has(path)) return { kind: value === undefined || path.at(-1) === 'type' ? 'derived' : 'default' };
    const { line } = manifest.spanOf(path, 'value');
    const from = manifest.expandedBelow(path);
    return from.length > 0 ? { kind: 'reference', line, from } : { kind: 'manifest', line };
  }

  #withoutSecrets(value: unknown, path: TomlPath): unknown {
    if (Array.isArray(value)) return value.map((each, index) => this.#withoutSecrets(each, [...path, index]));
    if (this.#app.manifest.isSecret(path)) return hidden;
    return typeof value === 'string' ? userHider(path)(value) : value;
  }
}

/** Defaults that depend on other values: the schema does not know them. */
function derivedValues(app: App): ReadonlyMap<string, unknown> {
  const derived = new Map<string, unknown>([['app.name', app.name]]);
  for (const { name, pool, limits } of app.components.values()) {
    derived.set(formatPath(['component', name, 'pool', 'threads']), pool.threads);
    derived.set(formatPath(['component', name, 'limits', 'budget']), formatSize(limits.budgetBytes));
  }
  for (const { path, name, concurrency } of app.triggers) {
    derived.set(`${path}.name`, name).set(`${path}.concurrency`, concurrency);
  }
  return derived;
}
