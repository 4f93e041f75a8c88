import type { Clock } from '../clock.ts';
import { DeadLetterStore, expireLetters, type Purged } from '../dispatch/dead-letters/dead-letter-store.ts';
import { Ending } from '../dispatch/ending.ts';
import { Supervisor } from '../dispatch/supervisor.ts';
import type { EventKind } from '../event.ts';
import type { Logger } from '../logger.ts';
import type { App, ComponentSettings, TriggerSettings } from '../manifest/app.ts';
import { ManifestError } from '../manifest/manifest-error.ts';
import { StateFile } from '../state/state-file.ts';
import { orAborted } from '../cancellation.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Adapter } from '../trigger/adapter.ts';
import { Adapters } from './adapters.ts';
import type { DeferredStore } from './deferred-store.ts';
import { circles } from './circles.ts';
import { observeRuntime } from './gauges.ts';
import { HeldFolders } from './grants/held-folders.ts';
import { LiveComponent, type LiveContext, type Reload } from './live-component.ts';
import { openOutlets } from './outlets.ts';
import { TriggerContexts } from './trigger-contexts.ts';
import { openUnlessAway } from './unless-away.ts';

export interface RuntimeOptions {
  readonly app: App;
  readonly adapters: readonly Adapter[];
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Logger;
  /** Names of triggers; the others are not opened. Default: all. */
  readonly only?: readonly string[];
  /** Brings a component's file up to date before it is loaded again (see `reload`). Default: nothing. */
  readonly prepare?: (component: ComponentSettings, signal: AbortSignal) => Promise<void>;
}

/**
 * One process's worth of Sluice: opens the state file, then stores, components, outputs, then triggers, and closes them in reverse.
 *
 * It ends in steps (see `Ending`): draining lets running calls finish; cancelling, at the end of the grace period or on request, abandons
 * them. At the end every event is settled or back with its source; if the source does not answer, it delivers the event again.
 */
export class Runtime implements AsyncDisposable {
  readonly app: App;
  readonly supervisors: readonly Supervisor[];
  readonly components: ReadonlyMap<string, LiveComponent>;
  readonly deadLetters: DeadLetterStore;
  readonly #stack: AsyncDisposableStack;
  readonly #ending: Ending;
  readonly #running: Promise<unknown>;
  readonly #ended: Promise<unknown>;

  /**
   * Rejects with a SluiceError when a component can't be loaded, or when an output or a store refuses for good. Triggers open in the background: one
   * whose broker is away is retried, see `Supervisor.state`.
   */
  static async open(options: RuntimeOptions, signal: AbortSignal): Promise<Runtime> {
    const { app, adapters: available, clock, log } = options;
    const circling = circles(app, available);
    if (circling.length > 0) throw new ManifestError(app.file, circling);
    await using opening = new AsyncDisposableStack();
    const selected = app.triggers.filter(({ name }) => options.only?.includes(name) ?? true);
    const needed = new Set(selected.map(({ component }) => component));
    const granted = [...app.components.values()].filter(({ name }) => needed.has(name));
    const folders = opening.use(HeldFolders.open(app, granted));
    const state = opening.use(StateFile.open(app.state.path));
    const store = new DeadLetterStore(state, () => clock.now());
    opening.use(keepWithinLimits(store, options));
    const adapters = opening.use(new Adapters({ app, adapters: available, state, clock, log }));
    await openUnlessAway('store', storesFor(selected, needed, adapters, app), { clock, log }, signal);
    const { stores } = adapters;
    const components = await openComponents(
      options,
      kindsFor(selected, adapters),
      { state, stores, folders },
      opening,
      signal,
    );
    const outlets = await openOutlets({ app, adapters, clock, log }, opening, signal);
    const contexts = new TriggerContexts({ ...options, adapters, components, outlets, store });
    const ending = new Ending(app.shutdown.graceMs);
    const supervisors = selected.map((settings) => {
      const context = contexts.of(settings);
      return new Supervisor({
        name: settings.name,
        context,
        concurrency: settings.concurrency,
        open: (opens) => adapters.openTrigger(settings, context.timeoutMs, opens),
        ending,
      });
    });
    opening.use(observeRuntime(options.telemetry, supervisors, components));
    return new Runtime(app, supervisors, components, store, opening.move(), ending);
  }

  private constructor(
    app: App,
    supervisors: readonly Supervisor[],
    components: ReadonlyMap<string, LiveComponent>,
    deadLetters: DeadLetterStore,
    stack: AsyncDisposableStack,
    ending: Ending,
  ) {
    this.app = app;
    this.supervisors = supervisors;
    this.components = components;
    this.deadLetters = deadLetters;
    this.#stack = stack;
    this.#ending = ending;
    const running = supervisors.map((supervisor) => supervisor.run());
    this.#running = Promise.all(running);
    const vital = new Set(app.triggers.filter(({ onFailure }) => onFailure === 'exit').map(({ name }) => name));
    this.#ended = Promise.race([this.#running, ...running.filter((_, n) => vital.has(supervisors[n]?.name ?? ''))]);
  }

  get draining(): boolean {
    return this.#ending.stop.aborted;
  }

  /** Aborted when running calls are abandoned. 1.5 s later, everything open has been closed or left behind. */
  get cancelled(): AbortSignal {
    return this.#ending.cancel;
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
   * Reloads components, one after the other; default: all. A component is replaced if its bytes have changed; if that fails, the old one
   * stays in use. The manifest is not read again. Returns the result for each component.
   */
  async reload(name?: string): Promise<ReadonlyMap<string, Reload>> {
    const reloads = new Map<string, Reload>();
    for (const [each, component] of this.components) {
      if (name === undefined || name === each) reloads.set(each, await component.reload(this.#ending.stop));
    }
    return reloads;
  }

  /**
   * Stops taking events; running calls may finish within the grace period of the manifest, or until `cancel`. Resolves when every event is
   * settled, back with its source, or left for redelivery: `true` if all running calls could finish.
   */
  async drain(): Promise<boolean> {
    this.#ending.stopNow();
    await this.#running;
    return !this.#ending.cancel.aborted;
  }

  /** Abandons running calls: they end as cancelled, and their events go back uncharged. */
  cancel(): void {
    this.#ending.cancelNow();
  }

  /** Drains, then closes everything in the reverse order of opening. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
    // The grace period continues: closing may wait for brokers too.
    const closing = this.#stack.disposeAsync();
    try {
      await orAborted(closing, this.#ending.leave);
    } catch (thrown) {
      if (!this.#ending.leave.aborted) throw thrown;
    } finally {
      this.#ending[Symbol.dispose]();
    }
  }
}

function keepWithinLimits(store: DeadLetterStore, { app, telemetry, clock, log }: RuntimeOptions): AsyncDisposable {
  const over = new AbortController();
  const purged = ({ trigger, reason, letters }: Purged): void => telemetry.purged(trigger, reason, letters);
  const expiring = expireLetters(store, { limits: app.deadLetters, clock, log, purged }, over.signal);
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await expiring;
    },
  };
}

/** The kinds of events that the triggers hand to each component. */
function kindsFor(triggers: readonly TriggerSettings[], adapters: Adapters): Map<string, Set<EventKind>> {
  const kinds = new Map<string, Set<EventKind>>();
  for (const trigger of triggers) {
    kinds.set(trigger.component, (kinds.get(trigger.component) ?? new Set()).add(adapters.kindOf(trigger)));
  }
  return kinds;
}

/** Loads the components that triggers need, in parallel. */
async function openComponents(
  { app, telemetry, clock, log, prepare }: RuntimeOptions,
  kindsFor: ReadonlyMap<string, ReadonlySet<EventKind>>,
  kept: Pick<LiveContext, 'state' | 'stores' | 'folders'>,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, LiveComponent>> {
  const components = new Map<string, LiveComponent>();
  const context = { app, telemetry, clock, log, prepare, ...kept };
  const opening = [...app.components.values()].map(async (settings) => {
    const kinds = kindsFor.get(settings.name);
    if (kinds === undefined) return;
    components.set(settings.name, stack.use(await LiveComponent.open(settings, kinds, context, signal)));
  });
  const failed = (await Promise.allSettled(opening)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return components;
}

/** The stores that a trigger or a component names. */
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
