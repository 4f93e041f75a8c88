import type { Component } from '../component/component.ts';
import { SluiceError } from '../errors.ts';
import type { EventKind } from '../event.ts';
import type { ComponentSettings } from '../manifest/app.ts';
import { ReplaceablePool, sumOfStats } from '../pool/replaceable-pool.ts';
import type { InstancePool, PoolStats } from '../pool/pool.ts';
import { load, openPool, type PoolContext } from './component-pool.ts';

/**
 * The result of a reload.
 *
 * - `replaced`: new events go to the new component; running calls finish on the old one.
 * - `unchanged`: the file has the same bytes as before.
 * - `failed`: the new one can't be built, loaded or instantiated, so the old one stays in use. The log says why.
 * - `refused`: the runtime is draining.
 */
export type Reload = 'replaced' | 'unchanged' | 'failed' | 'refused';

export interface LiveContext extends PoolContext {
  /** Brings a component's file up to date before it is loaded again. If it rejects, the reload fails. Default: nothing. */
  readonly prepare?: ((settings: ComponentSettings, signal: AbortSignal) => Promise<void>) | undefined;
}

/**
 * A component of the manifest while it is in use: its pools, and how its file is reloaded. Its triggers share one pool, unless messages and
 * schedules go to different exports: then it has a pool for each.
 */
export class LiveComponent implements AsyncDisposable {
  readonly #settings: ComponentSettings;
  readonly #context: LiveContext;
  readonly #pools: ReadonlyMap<EventKind, ReplaceablePool>;
  #digest: string;
  #reloading: Promise<unknown> = Promise.resolve();

  /** `kinds`: at least one kind of events that it will receive. Rejects as loading and opening its pools do. */
  static async open(
    settings: ComponentSettings,
    kinds: ReadonlySet<EventKind>,
    context: LiveContext,
    signal: AbortSignal,
  ): Promise<LiveComponent> {
    const loaded = await loadFor([...kinds], settings, context, signal);
    const opened = await openPools(loaded, settings, context, signal);
    return new LiveComponent(settings, context, loaded, opened);
  }

  private constructor(
    settings: ComponentSettings,
    context: LiveContext,
    loaded: Loaded,
    opened: ReadonlyMap<Component, InstancePool>,
  ) {
    const pools = new Map([...opened].map(([component, pool]) => [component, new ReplaceablePool(pool)]));
    this.#pools = mapValues(loaded, (component) => pools.get(component)!);
    this.#settings = settings;
    this.#context = context;
    this.#digest = digestOf(loaded);
  }

  /** The pool for events of that kind. Throws a TypeError for a kind that it was not opened for. */
  poolFor(kind: EventKind): ReplaceablePool {
    const pool = this.#pools.get(kind);
    if (pool === undefined) throw new TypeError(`component '${this.#settings.name}' was not opened for ${kind} events`);
    return pool;
  }

  /** Sums over all its pools. */
  get stats(): PoolStats {
    return sumOfStats([...this.#distinct]);
  }

  /**
   * Loads the file again, with the checks of the start and the settings of the manifest as it was read then. Both pools are in memory until
   * the last call has ended on the old one. Reloads of one component happen one after the other. Never rejects.
   */
  reload(signal: AbortSignal): Promise<Reload> {
    const reload = this.#reloading.then(() => this.#reload(signal));
    this.#reloading = reload;
    return reload;
  }

  /** Starts after the current reload. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reloading;
    await Promise.all([...this.#distinct].map((pool) => pool.drain()));
  }

  get #distinct(): ReadonlySet<ReplaceablePool> {
    return new Set(this.#pools.values());
  }

  async #reload(signal: AbortSignal): Promise<Reload> {
    const { name } = this.#settings;
    const { telemetry, log } = this.#context;
    try {
      signal.throwIfAborted();
      const replaced = await this.#replace(signal);
      if (!replaced) return 'unchanged';
      telemetry.reloaded(name, 'replaced');
      log.info({ component: name, digest: this.#digest }, 'component reloaded');
      return 'replaced';
    } catch (thrown) {
      if (signal.aborted) return 'refused';
      telemetry.reloaded(name, 'failed');
      log.error({ err: thrown, component: name }, 'component could not be reloaded; the old one stays in use');
      return 'failed';
    }
  }

  async #replace(signal: AbortSignal): Promise<boolean> {
    await this.#context.prepare?.(this.#settings, signal);
    const loaded = await loadFor([...this.#pools.keys()], this.#settings, this.#context, signal);
    if (digestOf(loaded) === this.#digest) return false;
    if (new Set(loaded.values()).size !== this.#distinct.size) throw otherPools(this.#settings);
    const opened = await openPools(loaded, this.#settings, this.#context, signal);
    for (const [kind, component] of loaded) {
      const successor = opened.get(component);
      if (successor !== undefined) this.#pools.get(kind)?.replaceBy(successor);
      opened.delete(component);
    }
    this.#digest = digestOf(loaded);
    return true;
  }
}

/** The pool for each kind of event. Kinds that go to the same export share one. */
type Loaded = ReadonlyMap<EventKind, Component>;

async function loadFor(
  kinds: readonly EventKind[],
  settings: ComponentSettings,
  context: LiveContext,
  signal: AbortSignal,
): Promise<Loaded> {
  const loaded = new Map<EventKind, Component>();
  for (const kind of kinds) {
    const shared = [...loaded.values()].find(({ entry, entries }) => entry === entries[kind]);
    loaded.set(kind, shared ?? (await load(settings, kind, context, signal)));
  }
  return loaded;
}

/** All of them, or none. */
async function openPools(
  loaded: Loaded,
  settings: ComponentSettings,
  context: LiveContext,
  signal: AbortSignal,
): Promise<Map<Component, InstancePool>> {
  await using opening = new AsyncDisposableStack();
  const opened = new Map<Component, InstancePool>();
  for (const component of new Set(loaded.values())) {
    opened.set(component, opening.use(await openPool(component, settings, context, signal)));
  }
  opening.move();
  return opened;
}

function digestOf(loaded: Loaded): string {
  return [...loaded.values()].map(({ digest }) => digest).join();
}

function otherPools({ name, source }: ComponentSettings): SluiceError {
  return new SluiceError(
    'SLU2013',
    'the file now has other exports for messages and schedules than the one that runs',
    {
      place: { component: name, file: source },
      fix: 'restart Sluice, or name one contract for both in the manifest: contract = "..."',
    },
  );
}

function mapValues<Key, From, To>(map: ReadonlyMap<Key, From>, step: (value: From) => To): Map<Key, To> {
  return new Map([...map].map(([key, value]) => [key, step(value)]));
}
