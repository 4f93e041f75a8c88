import type { Clock } from '../clock.ts';
import { DeadLetterStore } from '../dispatch/dead-letter-store.ts';
import { Supervisor } from '../dispatch/supervisor.ts';
import type { Logger } from '../logger.ts';
import type { App, TriggerSettings } from '../manifest/app.ts';
import type { InstancePool } from '../pool/pool.ts';
import { StateFile } from '../state/state-file.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Adapter } from '../trigger/adapter.ts';
import { Adapters } from './adapters.ts';
import { openPool, type PoolContext } from './component-pool.ts';
import type { DeferredStore } from './deferred-store.ts';
import { observeRuntime } from './gauges.ts';
import { openOutlets } from './outlets.ts';
import { Routes } from './routes.ts';
import { openUnlessAway } from './unless-away.ts';

export interface RuntimeOptions {
  readonly app: App;
  readonly adapters: readonly Adapter[];
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Logger;
  /** Names of triggers; the others are not opened. Default: all. */
  readonly only?: readonly string[];
}

/**
 * One process's worth of Sluice: opens the state file, then stores, components, outputs, then triggers, and closes them in reverse.
 *
 * Two signals end it: `stop` (take no more; what runs may finish) and, when the grace period is over or somebody insists, `cancel` (give
 * up what runs). Either way every event is settled or back with its source before the process ends.
 */
export class Runtime implements AsyncDisposable {
  readonly app: App;
  readonly supervisors: readonly Supervisor[];
  readonly pools: ReadonlyMap<string, InstancePool>;
  readonly deadLetters: DeadLetterStore;
  readonly #stack: AsyncDisposableStack;
  readonly #stop: AbortController;
  readonly #cancel: AbortController;
  readonly #running: Promise<unknown>;
  readonly #ended: Promise<unknown>;

  /**
   * Rejects with a SluiceError when a component can't be loaded, or when an output or a store refuses for good. Triggers open in the background: one
   * whose broker is away is retried, see `Supervisor.state`.
   */
  static async open(options: RuntimeOptions, signal: AbortSignal): Promise<Runtime> {
    const { app, adapters: available, clock, log } = options;
    await using opening = new AsyncDisposableStack();
    const state = opening.use(StateFile.open(app.state.path));
    const store = new DeadLetterStore(state, () => clock.now());
    const adapters = opening.use(new Adapters({ app, adapters: available, state, clock, log }));
    const selected = app.triggers.filter(({ name }) => options.only?.includes(name) ?? true);
    const needed = new Set(selected.map(({ component }) => component));
    await openUnlessAway('store', storesFor(selected, needed, adapters, app), { clock, log }, signal);
    const { stores } = adapters;
    const pools = await openPools(options, needed, { state, stores }, opening, signal);
    const outlets = await openOutlets({ app, adapters, clock, log }, opening, signal);
    const routes = new Routes({ ...options, adapters, pools, outlets, store });
    const stop = new AbortController();
    const cancel = new AbortController();
    const supervisors = selected.map((settings) => {
      const route = routes.of(settings);
      return new Supervisor({
        name: settings.name,
        route,
        concurrency: settings.concurrency,
        open: (opens) => adapters.openTrigger(settings, route.timeoutMs, opens),
        stop: stop.signal,
        cancel: cancel.signal,
      });
    });
    opening.use(observeRuntime(options.telemetry, supervisors, pools));
    return new Runtime(app, supervisors, pools, store, opening.move(), stop, cancel);
  }

  private constructor(
    app: App,
    supervisors: readonly Supervisor[],
    pools: ReadonlyMap<string, InstancePool>,
    deadLetters: DeadLetterStore,
    stack: AsyncDisposableStack,
    stop: AbortController,
    cancel: AbortController,
  ) {
    this.app = app;
    this.supervisors = supervisors;
    this.pools = pools;
    this.deadLetters = deadLetters;
    this.#stack = stack;
    this.#stop = stop;
    this.#cancel = cancel;
    const running = supervisors.map((supervisor) => supervisor.run());
    this.#running = Promise.all(running);
    const vital = new Set(app.triggers.filter(({ onFailure }) => onFailure === 'exit').map(({ name }) => name));
    this.#ended = Promise.race([this.#running, ...running.filter((_, n) => vital.has(supervisors[n]?.name ?? ''))]);
  }

  get draining(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Resolves when every trigger has ended (after `drain`, or because all of them failed), or one that has `on_failure = "exit"`. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Resolves when every trigger was opened, or failed at it once. */
  async opened(): Promise<void> {
    await Promise.all(this.supervisors.map(({ opened }) => opened));
  }

  /**
   * Intake stops; what runs may finish within the grace period of the manifest, or until `cancel`. Resolves when every event is settled or
   * back with its source. Whether all that ran could finish.
   */
  async drain(): Promise<boolean> {
    this.#stop.abort();
    const overdue = setTimeout(() => this.cancel(), this.app.shutdown.graceMs);
    await this.#running;
    clearTimeout(overdue);
    return !this.#cancel.signal.aborted;
  }

  /** Gives up what runs. Calls that are under way end as cancelled, and their events go back uncharged. */
  cancel(): void {
    this.#stop.abort();
    this.#cancel.abort();
  }

  /** Drains, then closes everything in the reverse order of opening. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
    await this.#stack.disposeAsync();
  }
}

/** Components are loaded side by side; only those that a trigger needs. */
async function openPools(
  { app, telemetry, clock, log }: RuntimeOptions,
  needed: ReadonlySet<string>,
  kept: Pick<PoolContext, 'state' | 'stores'>,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, InstancePool>> {
  const pools = new Map<string, InstancePool>();
  const opening = [...app.components.values()]
    .filter(({ name }) => needed.has(name))
    .map(async (settings) => {
      pools.set(settings.name, stack.use(await openPool(settings, { app, telemetry, clock, log, ...kept }, signal)));
    });
  const failed = (await Promise.allSettled(opening)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return pools;
}

/** Those that a trigger or a component names. */
function storesFor(
  triggers: readonly TriggerSettings[],
  components: ReadonlySet<string>,
  { stores }: Adapters,
  app: App,
): readonly DeferredStore[] {
  const granted = [...components].flatMap((name) => app.components.get(name)?.allow.keyvalue ?? []);
  const named = new Set([...triggers.map(({ store }) => store), ...granted]);
  return [...stores.values()].filter(({ name }) => named.has(name));
}
