/** Kinds of metrics: counters only grow, histograms hold a distribution, gauges are read when metrics are collected. */
export interface MetricKind {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** By UCUM, as OpenTelemetry writes it: `s`, `{message}`. */
  readonly unit: string;
  readonly description: string;
}

/**
 * Every metric of Sluice. `messaging.*` and `faas.*` follow the semantic conventions 1.37, which call them "development": a new version of
 * the conventions is taken on by a change here, never by a dependency.
 */
export const metricCatalogue = {
  'messaging.client.consumed.messages': {
    kind: 'counter',
    unit: '{message}',
    description: 'Deliveries handed to a component, every attempt counted.',
  },
  'messaging.process.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from handing a delivery to its component until the outcome, waiting for an instance included.',
  },
  'messaging.client.sent.messages': {
    kind: 'counter',
    unit: '{message}',
    description: 'Messages published to outputs, by output; those with error.type were not confirmed.',
  },
  'faas.invoke_duration': { kind: 'histogram', unit: 's', description: 'Time that a call spent in the guest.' },
  'faas.coldstarts': {
    kind: 'counter',
    unit: '{coldstart}',
    description: 'Calls for which an instance had to be made.',
  },
  'faas.errors': { kind: 'counter', unit: '{error}', description: 'Calls that did not complete, by error.type.' },
  'faas.timeouts': { kind: 'counter', unit: '{timeout}', description: 'Calls that were ended at their deadline.' },
  'sluice.deliveries': { kind: 'counter', unit: '{delivery}', description: 'Deliveries by outcome.' },
  'sluice.retries': { kind: 'counter', unit: '{retry}', description: 'Deliveries that will be tried again.' },
  'sluice.drops': {
    kind: 'counter',
    unit: '{event}',
    description: 'Events given up on or discarded, by reason: every dropped event is counted here.',
  },
  'sluice.settlements.unconfirmed': {
    kind: 'counter',
    unit: '{settlement}',
    description: 'Settlements that the source did not confirm; these events may come again.',
  },
  'sluice.deliveries.discarded': {
    kind: 'counter',
    unit: '{delivery}',
    description: 'Deliveries whose event went to another reader meanwhile: not started, or their results discarded.',
  },
  'sluice.pool.threads.ended': {
    kind: 'counter',
    unit: '{thread}',
    description: 'Worker threads that were ended and replaced, by reason.',
  },
  'sluice.dead_letters.purged': {
    kind: 'counter',
    unit: '{letter}',
    description: 'Dead letters removed because of their age or of the size of all, by reason.',
  },
  'sluice.component.reloads': {
    kind: 'counter',
    unit: '{reload}',
    description: 'Reloads of changed components, by result: replaced, or failed (the old component stays).',
  },
  'sluice.permits.limit': {
    kind: 'gauge',
    unit: '{delivery}',
    description: 'Deliveries of a trigger that may be unsettled at once.',
  },
  'sluice.permits.used': {
    kind: 'gauge',
    unit: '{delivery}',
    description: 'Deliveries of a trigger that are unsettled.',
  },
  'sluice.pool.instances': { kind: 'gauge', unit: '{instance}', description: 'Instances of a component.' },
  'sluice.pool.threads': { kind: 'gauge', unit: '{thread}', description: 'Worker threads of a component.' },
  'sluice.pool.queued': { kind: 'gauge', unit: '{call}', description: 'Calls that wait for an instance.' },
  'sluice.pool.abandoned': {
    kind: 'gauge',
    unit: '{thread}',
    description: 'Threads of a component that were told to end and did not.',
  },
  'sluice.pool.abandoned_memory': {
    kind: 'gauge',
    unit: 'By',
    description: 'Memory that threads may hold after they were told to end and did not.',
  },
  'sluice.trigger.state': {
    kind: 'gauge',
    unit: '1',
    description: 'State of a trigger: 0 opening, 1 running, 2 draining, 3 stopped, 4 failed.',
  },
  'sluice.trigger.trouble': {
    kind: 'gauge',
    unit: '1',
    description: '1 while something blocks a trigger, such as a broker that is away; /triggers says what.',
  },
  'sluice.trigger.backlog': {
    kind: 'gauge',
    unit: '{event}',
    description: 'Events that wait in the source and could be taken now.',
  },
  'sluice.source.lag': {
    kind: 'gauge',
    unit: '{event}',
    description: 'Events from the last settled one to the end of one part of a source, such as a partition of a topic.',
  },
  'sluice.source.oldest_age': {
    kind: 'gauge',
    unit: 's',
    description: 'Age of the oldest unsettled event of one part of a source; 0 when there is none.',
  },
} as const satisfies Record<string, MetricKind>;

export type MetricName = keyof typeof metricCatalogue;

/** The names of one kind. */
export type MetricNamed<Kind extends MetricKind['kind']> = {
  [Name in MetricName]: (typeof metricCatalogue)[Name]['kind'] extends Kind ? Name : never;
}[MetricName];
