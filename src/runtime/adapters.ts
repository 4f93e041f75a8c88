import type { Clock } from '../clock.ts';
import type { EventKind } from '../event.ts';
import { SluiceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { App, OutputSettings, StoreSettings, TriggerSettings } from '../manifest/app.ts';
import type { Publisher } from '../publisher.ts';
import type { StateFile } from '../state/state-file.ts';
import type { Adapter, AdapterContext, AdapterPart, DeadLetterPlace, TriggerPart } from '../trigger/adapter.ts';
import type { SharedStore } from '../trigger/shared-store.ts';
import type { Trigger } from '../trigger/trigger.ts';
import { DeferredStore } from './deferred-store.ts';

export interface AdaptersOptions {
  readonly app: App;
  readonly adapters: readonly Adapter[];
  readonly state: StateFile;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Opens the manifest's triggers, outputs and stores through its adapters. The manifest was checked against the same list. Each store is opened once,
 * at its first use, and closed with this object; the caller closes everything else.
 */
export class Adapters implements AsyncDisposable {
  readonly stores: ReadonlyMap<string, DeferredStore>;
  readonly #options: AdaptersOptions;

  constructor(options: AdaptersOptions) {
    this.#options = options;
    const stores = [...options.app.stores.values()].map(
      (settings) => new DeferredStore(settings.name, (signal) => this.openStore(settings, signal)),
    );
    this.stores = new Map(stores.map((store) => [store.name, store]));
  }

  /** The kind of the trigger's events. */
  kindOf(settings: TriggerSettings): EventKind {
    return this.#triggerPart(settings).delivers ?? 'message';
  }

  destinationOf(settings: TriggerSettings): string {
    return this.#triggerPart(settings).destination(settings.options);
  }

  openTrigger(settings: TriggerSettings, deadlineMs: number, signal: AbortSignal): Promise<Trigger> {
    return this.#triggerPart(settings).open(settings.options, this.contextFor(settings, deadlineMs), signal);
  }

  /** Tries to open a trigger without joining its readers. Rejects when it can't be opened. */
  probeTrigger(settings: TriggerSettings, deadlineMs: number, signal: AbortSignal): Promise<void> {
    return probe(this.#triggerPart(settings), settings.options, this.contextFor(settings, deadlineMs), signal);
  }

  /** A publisher into the source that a trigger reads. Rejects with SLU1001 when the source can't be written to. */
  async openPublisher(settings: TriggerSettings, signal: AbortSignal): Promise<Publisher> {
    const part = this.#triggerPart(settings);
    if (part.openPublisher === undefined) {
      throw new SluiceError(
        'SLU1001',
        `cannot publish to trigger '${settings.name}': sources of type ${settings.type} are read-only`,
      );
    }
    return part.openPublisher(settings.options, this.contextFor(settings), signal);
  }

  openOutput(settings: OutputSettings, signal: AbortSignal): Promise<Publisher> {
    return this.#outputPart(settings).open(settings.options, this.#context(settings, 1, 0, 1), signal);
  }

  /** Opens a store that the caller owns. */
  openStore(settings: StoreSettings, signal: AbortSignal): Promise<SharedStore> {
    return this.#storePart(settings).open(settings.options, this.#context(settings, 1, 0, 1), signal);
  }

  /** Tries to open an output without creating anything. Rejects if it can't be opened. */
  probeOutput(settings: OutputSettings, signal: AbortSignal): Promise<void> {
    return probe(this.#outputPart(settings), settings.options, this.#context(settings, 1, 0, 1), signal);
  }

  /** The same for a store. */
  probeStore(settings: StoreSettings, signal: AbortSignal): Promise<void> {
    return probe(this.#storePart(settings), settings.options, this.#context(settings, 1, 0, 1), signal);
  }

  /** The context for the adapter of a trigger. */
  contextFor(settings: TriggerSettings, deadlineMs = 0): AdapterContext {
    const store = settings.store === undefined ? undefined : this.stores.get(settings.store);
    const deadLetter = this.#deadLetterOf(settings);
    return {
      ...(deadLetter === undefined ? {} : { deadLetter }),
      ...this.#context(settings, settings.concurrency, deadlineMs, settings.retry.attempts),
      ...(store === undefined ? {} : { store }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.stores.values(), (store) => store[Symbol.asyncDispose]()));
  }

  #deadLetterOf({ deadLetter }: TriggerSettings): DeadLetterPlace | undefined {
    const { app } = this.#options;
    const output = deadLetter.kind === 'output' ? app.outputs.get(deadLetter.output) : undefined;
    if (output === undefined) return undefined;
    const { type, options } = output;
    const connection = output.connection === undefined ? undefined : app.connections.get(output.connection)?.options;
    return { type, options, ...(connection === undefined ? {} : { connection }) };
  }

  #context(
    settings: TriggerSettings | OutputSettings | StoreSettings,
    concurrency: number,
    deadlineMs: number,
    attempts: number,
  ): AdapterContext {
    const { app, state, clock, log } = this.#options;
    const connection =
      settings.connection === undefined ? undefined : app.connections.get(settings.connection)?.options;
    return {
      name: settings.name,
      ...(connection === undefined ? {} : { connection }),
      concurrency,
      deadlineMs,
      attempts,
      state,
      clock,
      log: log.child({ adapter: settings.type, name: settings.name }),
    };
  }

  #outputPart({ type }: OutputSettings): AdapterPart<Publisher> {
    const part = this.#adapter(type).output;
    if (part === undefined)
      throw new TypeError(`adapter '${type}' has no outputs, and the manifest was not checked for it`);
    return part;
  }

  #storePart({ type }: StoreSettings): AdapterPart<SharedStore> {
    const part = this.#adapter(type).store;
    if (part === undefined)
      throw new TypeError(`adapter '${type}' has no stores, and the manifest was not checked for it`);
    return part;
  }

  #triggerPart(settings: TriggerSettings): TriggerPart {
    const part = this.#adapter(settings.type).trigger;
    if (part === undefined)
      throw new TypeError(`adapter '${settings.type}' has no triggers, and the manifest was not checked for it`);
    return part;
  }

  #adapter(type: string): Adapter {
    const adapter = this.#options.adapters.find((candidate) => candidate.type === type);
    if (adapter === undefined) throw new TypeError(`no adapter '${type}', and the manifest was not checked for it`);
    return adapter;
  }
}

async function probe(
  part: AdapterPart<AsyncDisposable>,
  options: unknown,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<void> {
  if (part.probe !== undefined) return part.probe(options, context, signal);
  await using _ = await part.open(options, context, signal);
}
