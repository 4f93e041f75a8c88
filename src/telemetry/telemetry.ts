import type { Delivery, Settlement } from '../delivery.ts';
import type { Header } from '../event.ts';
import type { Logger } from '../logger.ts';
import type { Outcome } from '../outcome.ts';

/** The parts of an attempt that telemetry reads. */
export type Attempted = Pick<Delivery, 'event' | 'attempt' | 'position'>;

/** Data that is the same for every delivery of one trigger; created once. */
export interface TriggerFacts {
  /** The trigger's name in the manifest. */
  readonly trigger: string;
  /** The adapter's type, `messaging.system`: `queue`, `cron`, `nats`, `kafka`. */
  readonly system: string;
  /** `messaging.destination.name`: the queue, subject, topic or schedule. */
  readonly destination: string;
  readonly component: string;
}

/** An output of the manifest. */
export interface Destination {
  readonly name: string;
  /** The adapter's type, `messaging.system`. */
  readonly system: string;
}

/** A request that a component sends over HTTP. */
export interface ClientRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The URL without its query, which may hold secrets. */
  readonly path: string;
  readonly headers: readonly Header[];
}

/** The span of one request, from its sending to the end of its response. */
export interface RequestSpan {
  /** To add to the request's headers: the trace context, unless the component set one. */
  readonly headers: readonly Header[];
  /** Idempotent. `status`: of the response, if one came. `error`: why there is no complete response. */
  end(status: number | undefined, error?: string): void;
}

/** The span of one delivery, and the trace context that goes with it. */
export interface DeliverySpan {
  /** The trace of this delivery; that of the event if Sluice itself traces nothing. `undefined`: there is none. */
  readonly traceId: string | undefined;
  /** Likewise. */
  readonly spanId: string | undefined;
  /** Headers to add for the component: the trace context if the event brought none, else empty. */
  readonly headers: readonly Header[];
  /** Headers of a message that this delivery causes: `given`, plus this span's trace context where `given` has none. */
  inject(given: readonly Header[]): readonly Header[];
  /** Starts a PRODUCER child span `send {output}`. Call the result to end it, with the error if there was one. */
  publishing(output: Destination, count: number): (error?: unknown) => void;
  /** A CLIENT child span named after the method, by the semantic conventions for HTTP. */
  requesting(request: ClientRequest): RequestSpan;
  /** Starts a CLIENT child span `settle {destination}`. Call the result to end it, with the error if there was one. */
  settling(kind: Settlement['kind']): (error?: unknown) => void;
  /** The call's outcome, when it is known. */
  outcome(outcome: Outcome, durationMs: number, waitedMs: number, cold: boolean): void;
  /** Idempotent. */
  end(): void;
}

/** Spans, metrics and guest log records, by the OpenTelemetry conventions. Costs next to nothing when no exporter is configured. */
export interface Telemetry extends AsyncDisposable {
  /** Once a trigger. Metrics with the trigger's attributes are prepared here. */
  forTrigger(facts: TriggerFacts): TriggerTelemetry;
  /** Called before metrics are collected, for values that must be queried. Returns an unsubscribe. */
  beforeCollecting(count: () => void): () => void;
  /** Gauges, read when metrics are collected. Returns an unsubscribe. */
  observe(name: GaugeName, attributes: Readonly<Record<string, string>>, read: () => number): () => void;
  /** Restarts of worker threads, by reason: `timed-out`, `crashed`. */
  threadEnded(component: string, reason: string): void;
  /** Components that were loaded again: `replaced`, `failed`. */
  reloaded(component: string, result: string): void;
  /** Dead letters that were removed because of a limit: `age`, `size`. */
  purged(trigger: string, reason: string, count: number): void;
  /** All metrics in Prometheus' text format, for `/metrics`. */
  prometheus(): string;
}

export type GaugeName =
  | 'sluice.permits.limit'
  | 'sluice.permits.used'
  | 'sluice.pool.instances'
  | 'sluice.pool.threads'
  | 'sluice.pool.queued'
  | 'sluice.pool.abandoned'
  | 'sluice.pool.abandoned_memory'
  | 'sluice.trigger.state'
  | 'sluice.trigger.trouble'
  | 'sluice.trigger.backlog'
  | 'sluice.source.lag'
  | 'sluice.source.oldest_age';

export interface TriggerTelemetry {
  /** Starts the CONSUMER span `process {destination}` of one delivery and counts it as consumed. */
  delivery(delivery: Attempted): DeliverySpan;
  retried(delivery: Attempted, delayMs: number): void;
  /** Counts events that were given up on (`dead-lettered`, `dropped-by-manifest`) or that the source itself discarded, with its reason. */
  dropped(reason: string, count?: number): void;
  /** Counts a delivery whose event went to another reader meanwhile. */
  discarded(): void;
  /** A line that a guest wrote during a delivery. */
  guestLog(span: DeliverySpan, level: string, context: string, text: string): void;
}

export interface TelemetryOptions {
  /** `service.name` unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say otherwise. */
  readonly serviceName: string;
  /** Sluice's own version. */
  readonly version: string;
  /** For guest lines, and for errors of exporting. */
  readonly log: Logger;
  /** Prints each delivery as a tree, for the eye. Default false, or what OTEL_TRACES_EXPORTER=console says. */
  readonly traceToConsole?: boolean;
  /** Where the trees are printed. Default: stderr. */
  readonly console?: Screen;
  /**
   * Whether a delivery continues the trace that its event brought (`parent`), or starts one of its own. It links to the event's either
   * way. Default `parent`.
   */
  readonly producer?: 'parent' | 'link';
}

/** A text stream to print on. */
export interface Screen {
  write(text: string): unknown;
  /** Colours are for terminals. */
  readonly isTTY?: boolean;
}
