import type { ComponentSettings } from '../manifest/app.ts';
import { ReplaceablePool } from '../pool/replaceable-pool.ts';
import type { InstancePool } from '../pool/pool.ts';
import { load, openPool, type PoolContext } from './component-pool.ts';

/**
 * What came of loading a component again.
 *
 * - `replaced`: new events go to what was loaded; what ran finishes on what was there before.
 * - `unchanged`: the file has the same bytes as before.
 * - `failed`: it can't be built, loaded or instantiated; the one that was there goes on. The log tells why.
 * - `refused`: the runtime is draining.
 */
export type Reload = 'replaced' | 'unchanged' | 'failed' | 'refused';

export interface LiveContext extends PoolContext {
  /** Brings a component's file up to date before it is loaded again. What it rejects with fails the reload. Default: nothing. */
  readonly prepare?: ((settings: ComponentSettings, signal: AbortSignal) => Promise<void>) | undefined;
}

/** A component of the manifest while it is in use: what runs it, and how its file is loaded again. */
export class LiveComponent implements AsyncDisposable {
  readonly pool: ReplaceablePool;
  readonly #settings: ComponentSettings;
  readonly #context: LiveContext;
  #digest: string;
  #reloading: Promise<unknown> = Promise.resolve();

  /** Rejects as loading and opening its pool do. */
  static async open(settings: ComponentSettings, context: LiveContext, signal: AbortSignal): Promise<LiveComponent> {
    const component = await load(settings, context, signal);
    return new LiveComponent(settings, context, component.digest, await openPool(component, settings, context, signal));
  }

  private constructor(settings: ComponentSettings, context: LiveContext, digest: string, pool: InstancePool) {
    this.pool = new ReplaceablePool(pool);
    this.#settings = settings;
    this.#context = context;
    this.#digest = digest;
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

  /** After the reload that is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reloading;
    await this.pool.drain();
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
      log.error({ err: thrown, component: name }, 'component could not be reloaded; the one that runs goes on');
      return 'failed';
    }
  }

  async #replace(signal: AbortSignal): Promise<boolean> {
    await this.#context.prepare?.(this.#settings, signal);
    const component = await load(this.#settings, this.#context, signal);
    if (component.digest === this.#digest) return false;
    this.pool.replaceBy(await openPool(component, this.#settings, this.#context, signal));
    this.#digest = component.digest;
    return true;
  }
}
