import { exportersOf } from './exporters.ts';
import { type GuestLineSink, loggedLines } from './guest-line.ts';
import type { Logger } from '../logger.ts';
import { MeasuredTrigger, type StartDelivery, UntracedDeliverySpan } from './measured-trigger.ts';
import { type Attributes, Metrics } from './metrics.ts';
import type { Exporting } from './otel/exporting.ts';
import { propagationOf } from './propagation.ts';
import { prometheusText } from './prometheus.ts';
import type { GaugeName, Telemetry, TelemetryOptions, TriggerFacts, TriggerTelemetry } from './telemetry.ts';
import type { Propagation } from './trace-context.ts';
import { TriggerMetrics } from './trigger-metrics.ts';

/**
 * Telemetry as the standard OTEL_* variables configure it. If they configure none, the OpenTelemetry SDK is not loaded (it costs 30 MB and
 * 150 ms); metrics are still counted, and trace context is still passed on.
 */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const exporters = exportersOf(process.env);
  const warn = (message: string): void => options.log.warn({ code: 'SLU5102' }, message);
  for (const warning of exporters.warnings) warn(warning);
  const propagation = await propagationOf(process.env, warn);
  const { traces, metrics, logs } = exporters;
  const toConsole = traces.console || options.traceToConsole === true;
  const counted = new Metrics();
  if (!traces.otlp && !toConsole && !metrics.otlp && !logs.otlp)
    return new AppTelemetry(counted, options.log, propagation);
  const { openExporting } = await import('./otel/exporting.ts');
  const exporting = await openExporting(exporters, toConsole, counted, propagation, options);
  return new AppTelemetry(counted, options.log, propagation, exporting);
}

class AppTelemetry implements Telemetry {
  readonly #metrics: Metrics;
  readonly #lines: readonly GuestLineSink[];
  readonly #propagation: Propagation;
  readonly #exporting: Exporting | undefined;

  constructor(metrics: Metrics, log: Logger, propagation: Propagation, exporting?: Exporting) {
    this.#propagation = propagation;
    this.#metrics = metrics;
    this.#exporting = exporting;
    this.#lines = [...(exporting?.lines ?? []), loggedLines(log)];
  }

  forTrigger(facts: TriggerFacts): TriggerTelemetry {
    const metrics = new TriggerMetrics(this.#metrics, facts);
    const start: StartDelivery =
      this.#exporting?.starter?.(facts, metrics) ??
      (({ event }) => new UntracedDeliverySpan(event, metrics, this.#propagation));
    return new MeasuredTrigger(facts, metrics, start, this.#lines);
  }

  beforeCollecting(count: () => void): () => void {
    return this.#metrics.beforeCollecting(count);
  }

  observe(name: GaugeName, attributes: Attributes, read: () => number): () => void {
    return this.#metrics.gauge(name, attributes, read);
  }

  threadEnded(component: string, reason: string): void {
    this.#metrics.counter('sluice.pool.threads.ended', { 'sluice.component': component, reason }).add();
  }

  reloaded(component: string, result: string): void {
    this.#metrics.counter('sluice.component.reloads', { 'sluice.component': component, result }).add();
  }

  purged(trigger: string, reason: string, count: number): void {
    this.#metrics.counter('sluice.dead_letters.purged', { 'sluice.trigger': trigger, reason }).add(count);
  }

  prometheus(): string {
    return prometheusText(this.#metrics.families());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exporting?.[Symbol.asyncDispose]();
  }
}
