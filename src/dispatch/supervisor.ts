import { backoffMs } from '../backoff.ts';
import type { Backlog, SourcePart, Trigger } from '../trigger/trigger.ts';
import { reasonOf, SluiceError } from '../errors.ts';
import { orAborted } from '../cancellation.ts';
import type { EndSignals } from './ending.ts';
import { Pump } from './pump.ts';
import type { TriggerContext } from './trigger-context.ts';

/**
 * - `opening`: being opened, for the first time or again; `reason` says why if it failed before.
 * - `running`: takes events.
 * - `failed`: it will not be opened again; other triggers continue.
 * - `stopped`: it ended as requested.
 */
export type TriggerState = 'opening' | 'running' | 'draining' | 'failed' | 'stopped';

export interface SupervisorOptions {
  readonly name: string;
  readonly context: TriggerContext;
  /** Permits: deliveries that may be unsettled at once. */
  readonly concurrency: number;
  /** Opens the source. Called again after every transient failure. */
  readonly open: (signal: AbortSignal) => Promise<Trigger>;
  readonly ending: EndSignals;
}

/** Before a trigger is opened again; shortened at random, by up to half, so that replicas spread. */
const PAUSES = { firstMs: 250, longestMs: 30_000 };
/** A trigger that ran this long is healthy again: the next pause is the first. */
const HEALTHY_AFTER_MS = 60_000;

/**
 * Keeps one trigger open: opens it, pumps it, and opens it again with backoff when its source goes away. A permanent failure
 * leaves it `failed`, and affects no other trigger.
 */
export class Supervisor {
  readonly name: string;
  readonly context: TriggerContext;
  readonly #options: SupervisorOptions;
  #state: TriggerState = 'opening';
  #reason: string | undefined;
  #error: unknown;
  #trigger: Trigger | undefined;
  #pump: Pump | undefined;
  #restarts = 0;
  /** Drops of the open trigger that were counted already, by reason. */
  readonly #sourceDrops = new Map<string, number>();
  /** Milliseconds since 1970. */
  #openedAt = Infinity;
  #opened = Promise.withResolvers<void>();

  constructor(options: SupervisorOptions) {
    this.name = options.name;
    this.context = options.context;
    this.#options = options;
  }

  get state(): TriggerState {
    if (this.#state !== 'running') return this.#state;
    if (this.#options.ending.stop.aborted) return 'draining';
    return this.#pump?.lost === undefined ? 'running' : 'opening';
  }

  /** Why it is not running, or what blocks it while it is. */
  get reason(): string | undefined {
    const lost = this.#pump?.lost;
    if (lost !== undefined) return reasonOf(lost);
    const [blocked] = this.context.tally.blocked.values();
    return this.#reason ?? blocked ?? this.#trigger?.trouble?.();
  }

  /** The error that made it `failed`. */
  get error(): unknown {
    return this.#error;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Permits: deliveries that may be held at once. */
  get concurrency(): number {
    return this.#options.concurrency;
  }

  /** Deliveries that are unsettled at the moment. */
  get held(): number {
    return this.#pump?.permits.used ?? 0;
  }

  /** Resolves when it is open for the first time, when opening it has failed once, or when it was stopped. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  backlog(): Promise<Backlog> | undefined {
    return this.#trigger?.backlog?.();
  }

  parts(): readonly SourcePart[] {
    return this.#trigger?.parts?.() ?? [];
  }

  facts(): Readonly<Record<string, string | number | boolean>> | undefined {
    return this.#trigger?.facts?.();
  }

  /** Counts the events that the source itself has dropped since the last call. */
  countSourceDrops(): void {
    for (const [reason, total] of this.#trigger?.dropped?.() ?? []) {
      const more = total - (this.#sourceDrops.get(reason) ?? 0);
      if (more === 0) continue;
      this.#sourceDrops.set(reason, total);
      this.context.tally.countDrops(reason, more);
    }
  }

  /** Runs until it is stopped or failed. Never rejects: look at `state`. */
  async run(): Promise<void> {
    const { context } = this.#options;
    const { stop } = this.#options.ending;
    const { clock, random, log } = context;
    let failures = 0;
    let tries = 0;
    while (!stop.aborted) {
      this.#openedAt = Infinity;
      try {
        await this.#once();
      } catch (thrown) {
        if (stop.aborted) break;
        this.#reason = reasonOf(thrown);
        if (!(thrown instanceof SluiceError && thrown.transient)) return this.#fail(thrown);
        if (clock.now() - this.#openedAt > HEALTHY_AFTER_MS) {
          failures = 0;
          tries = 0;
        }
        tries = thrown.tries === Infinity ? 0 : tries + 1;
        if (tries >= thrown.tries) return this.#fail(thrown);
        this.#state = 'opening';
        this.#restarts += 1;
        this.#opened.resolve();
        failures += 1;
        const pauseMs = backoffMs(failures, PAUSES);
        log.warn({ err: thrown, pauseMs }, 'trigger lost its source; it will be opened again');
        await clock.sleep(pauseMs * (0.5 + random() / 2), stop);
      }
    }
    this.#state = 'stopped';
    this.#opened.resolve();
  }

  async #once(): Promise<void> {
    const { ending, context, concurrency } = this.#options;
    const trigger = await this.#open();
    const pump = new Pump(trigger, context, concurrency, ending);
    this.#trigger = trigger;
    this.#pump = pump;
    this.#openedAt = context.clock.now();
    this.#state = 'running';
    this.#reason = undefined;
    this.#opened.resolve();
    try {
      await pump.run();
    } finally {
      await this.#close(trigger);
    }
  }

  /** An adapter that ignores `stop` is abandoned at the end. */
  async #open(): Promise<Trigger> {
    const { open, ending } = this.#options;
    const opening = open(ending.stop);
    return orAborted(opening, ending.abandon).catch((thrown: unknown) => {
      void opening.then((late) => late[Symbol.asyncDispose]()).catch(() => {}); // nothing waits for it any more
      throw thrown;
    });
  }

  /** A source that is gone may fail to close properly: that must not hide why it is gone. */
  async #close(trigger: Trigger): Promise<void> {
    try {
      await orAborted(trigger[Symbol.asyncDispose](), this.#options.ending.leave);
    } catch (thrown) {
      this.context.log.warn({ err: thrown }, 'trigger could not be closed properly');
    }
    this.countSourceDrops();
    this.#sourceDrops.clear();
    this.#trigger = undefined;
    this.#pump = undefined;
  }

  #fail(thrown: unknown): void {
    this.#state = 'failed';
    this.#error = thrown;
    this.#opened.resolve();
    this.context.log.error({ err: thrown }, 'trigger failed; it will not be opened again');
  }
}
