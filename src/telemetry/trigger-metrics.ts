import { SluiceError } from '../errors.ts';
import type { Outcome, OutcomeKind } from '../outcome.ts';
import type { Attributes, Counter, Histogram, Metrics } from './metrics.ts';
import type { Destination, TriggerFacts } from './telemetry.ts';

/** `error.type` of an outcome: its kind, or the cause of its trap. `undefined` if it is not an error. */
export function errorTypeOf(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'completed':
    case 'cancelled':
      return undefined;
    case 'trapped':
      return outcome.cause;
    case 'failed':
    case 'rejected':
    case 'timed-out':
      return outcome.kind;
  }
}

/** `error.type` of a thrown value: our code, or the name of the error's class. `undefined` if nothing was thrown. */
export function errorTypeOfThrown(thrown: unknown): string | undefined {
  if (thrown === undefined) return undefined;
  if (thrown instanceof SluiceError) return thrown.code;
  return thrown instanceof Error ? thrown.name : '_OTHER';
}

/** `faas.trigger` of an adapter's type. */
export function faasTriggerOf(system: string): string {
  return system === 'cron' ? 'timer' : 'pubsub';
}

/** The numbers of one trigger, their attributes prepared once. It reads no clock: durations come from the pool. */
export class TriggerMetrics {
  readonly #metrics: Metrics;
  readonly #messaging: Attributes;
  readonly #faas: Attributes;
  readonly #sluice: Attributes;
  readonly #consumed: Counter;
  readonly #outcomes: Readonly<Record<OutcomeKind, Counter>>;
  readonly #processed: Histogram;
  readonly #invoked: Histogram;
  readonly #coldstarts: Counter;
  readonly #timeouts: Counter;
  readonly #retries: Counter;
  readonly #unconfirmed: Counter;
  readonly #discarded: Counter;
  readonly #sent = new Map<string, Counter>();

  constructor(metrics: Metrics, { trigger, system, destination, component }: TriggerFacts) {
    this.#metrics = metrics;
    this.#sluice = { 'sluice.trigger': trigger, 'sluice.component': component };
    this.#faas = { 'faas.trigger': faasTriggerOf(system), ...this.#sluice };
    this.#messaging = {
      'messaging.system': system,
      'messaging.destination.name': destination,
      'messaging.operation.name': 'process',
      ...this.#sluice,
    };
    const outcome = (kind: OutcomeKind): Counter =>
      metrics.counter('sluice.deliveries', { ...this.#sluice, 'sluice.outcome': kind });
    this.#outcomes = {
      completed: outcome('completed'),
      failed: outcome('failed'),
      rejected: outcome('rejected'),
      trapped: outcome('trapped'),
      'timed-out': outcome('timed-out'),
      cancelled: outcome('cancelled'),
    };
    this.#consumed = metrics.counter('messaging.client.consumed.messages', this.#messaging);
    this.#processed = metrics.histogram('messaging.process.duration', this.#messaging);
    this.#invoked = metrics.histogram('faas.invoke_duration', this.#faas);
    this.#coldstarts = metrics.counter('faas.coldstarts', this.#faas);
    this.#timeouts = metrics.counter('faas.timeouts', this.#faas);
    this.#retries = metrics.counter('sluice.retries', this.#sluice);
    this.#unconfirmed = metrics.counter('sluice.settlements.unconfirmed', this.#sluice);
    this.#discarded = metrics.counter('sluice.deliveries.discarded', this.#sluice);
  }

  consumed(): void {
    this.#consumed.add();
  }

  finished(outcome: Outcome, durationMs: number, waitedMs: number, cold: boolean): void {
    this.#outcomes[outcome.kind].add();
    if (outcome.kind === 'cancelled') return;
    if (cold) this.#coldstarts.add();
    const errorType = errorTypeOf(outcome);
    const seconds = (waitedMs + durationMs) / 1000;
    if (durationMs > 0) this.#invoked.record(durationMs / 1000);
    if (errorType === undefined) {
      this.#processed.record(seconds);
      return;
    }
    if (outcome.kind === 'timed-out') this.#timeouts.add();
    this.#metrics.counter('faas.errors', { ...this.#faas, 'error.type': errorType }).add();
    this.#metrics
      .histogram('messaging.process.duration', { ...this.#messaging, 'error.type': errorType })
      .record(seconds);
  }

  /** `errorType`: why they were not confirmed; `undefined` if they were. */
  sent({ name, system }: Destination, count: number, errorType: string | undefined): void {
    const key = `${errorType ?? ''} ${name}`;
    let sent = this.#sent.get(key);
    if (sent === undefined) {
      sent = this.#metrics.counter('messaging.client.sent.messages', {
        'messaging.system': system,
        'messaging.destination.name': name,
        ...this.#sluice,
        ...(errorType !== undefined && { 'error.type': errorType }),
      });
      this.#sent.set(key, sent);
    }
    sent.add(count);
  }

  /** A bound function, so that callers need one closure per trigger, not one per delivery. */
  readonly settled = (error?: unknown): void => {
    if (error !== undefined) this.#unconfirmed.add();
  };

  retried(): void {
    this.#retries.add();
  }

  discarded(): void {
    this.#discarded.add();
  }

  dropped(reason: string, count: number): void {
    this.#metrics.counter('sluice.drops', { ...this.#sluice, reason }).add(count);
  }
}
