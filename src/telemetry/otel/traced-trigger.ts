import { SpanKind } from '@opentelemetry/api';
import type { Settlement } from '../../delivery.ts';
import type { Propagation } from '../trace-context.ts';
import type { Destination, TriggerFacts } from '../telemetry.ts';
import { faasTriggerOf, type TriggerMetrics } from '../trigger-metrics.ts';
import type { SpanShape } from './recorded-span.ts';
import type { SpanRecorder } from './span-recorder.ts';

/** Data that the spans of one trigger's deliveries share, by the semantic conventions for messaging. Created once. */
export class TracedTrigger {
  readonly #name: string;
  readonly recorder: SpanRecorder;
  readonly metrics: TriggerMetrics;
  readonly propagation: Propagation;
  readonly process: SpanShape;
  readonly settle: Readonly<Record<Settlement['kind'], SpanShape>>;
  readonly #sends = new Map<string, SpanShape>();

  constructor(
    recorder: SpanRecorder,
    { trigger, system, destination, component }: TriggerFacts,
    metrics: TriggerMetrics,
    propagation: Propagation,
  ) {
    this.propagation = propagation;
    this.recorder = recorder;
    this.#name = trigger;
    this.metrics = metrics;
    const source = { 'messaging.system': system, 'messaging.destination.name': destination };
    this.process = {
      name: `process ${destination}`,
      kind: SpanKind.CONSUMER,
      attributes: {
        ...source,
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'faas.trigger': faasTriggerOf(system),
        ...(system === 'cron' && { 'faas.cron': destination }),
        'sluice.trigger': trigger,
        'sluice.component': component,
      },
    };
    const settle = (kind: Settlement['kind']): SpanShape => ({
      name: `settle ${destination}`,
      kind: SpanKind.CLIENT,
      attributes: {
        ...source,
        'messaging.operation.name': 'settle',
        'messaging.operation.type': 'settle',
        'sluice.settlement': kind,
      },
    });
    this.settle = {
      accept: settle('accept'),
      retry: settle('retry'),
      release: settle('release'),
      drop: settle('drop'),
    };
  }

  /** Identifies one event in all its attempts: see Delivery. */
  identityOf(position: string): string {
    return `${this.#name} ${position}`;
  }

  /** Outputs are those of the manifest, so there are few. */
  send({ name, system }: Destination): SpanShape {
    let shape = this.#sends.get(name);
    if (shape === undefined) {
      shape = {
        name: `send ${name}`,
        kind: SpanKind.PRODUCER,
        attributes: {
          'messaging.system': system,
          'messaging.destination.name': name,
          'messaging.operation.name': 'send',
          'messaging.operation.type': 'send',
        },
      };
      this.#sends.set(name, shape);
    }
    return shape;
  }
}
