import type { Supervisor, TriggerState } from '../dispatch/supervisor.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { LiveComponent } from './live-component.ts';
import type { SourcePart } from '../trigger/trigger.ts';

/** Registers the runtime's gauges with telemetry. Call the result to remove them. */
export function observeRuntime(
  telemetry: Telemetry,
  supervisors: readonly Supervisor[],
  components: ReadonlyMap<string, LiveComponent>,
): Disposable {
  const ends = [
    ...supervisors.flatMap((supervisor) => observeTrigger(telemetry, supervisor)),
    ...[...components].flatMap(([name, component]) => observePool(telemetry, name, component)),
  ];
  return {
    [Symbol.dispose]: () => {
      for (const end of ends) end();
    },
  };
}

/** The number for a state, as in the metric's description. */
const STATES: Readonly<Record<TriggerState, number>> = { opening: 0, running: 1, draining: 2, stopped: 3, failed: 4 };

function observeTrigger(telemetry: Telemetry, supervisor: Supervisor): (() => void)[] {
  const attributes = { 'sluice.trigger': supervisor.name };
  return [
    telemetry.beforeCollecting(() => supervisor.countSourceDrops()),
    telemetry.observe('sluice.permits.limit', attributes, () => supervisor.concurrency),
    telemetry.observe('sluice.permits.used', attributes, () => supervisor.held),
    telemetry.observe('sluice.trigger.state', attributes, () => STATES[supervisor.state]),
    telemetry.observe('sluice.trigger.trouble', attributes, () => (supervisor.reason === undefined ? 0 : 1)),
    telemetry.observe('sluice.trigger.backlog', attributes, backlogOf(supervisor)),
    observeParts(telemetry, supervisor),
  ];
}

/** Metrics are read synchronously, and a source takes time to answer: each reading reports the answer to the previous one's request. */
function backlogOf(supervisor: Supervisor): () => number {
  let last = 0;
  return () => {
    supervisor.backlog()?.then(
      ({ ready }) => (last = ready),
      () => {}, // the source is away; its state says so
    );
    return last;
  };
}

function observePool(telemetry: Telemetry, name: string, component: LiveComponent): (() => void)[] {
  const attributes = { 'sluice.component': name };
  return [
    telemetry.observe('sluice.pool.threads', attributes, () => component.stats.threads),
    telemetry.observe('sluice.pool.instances', attributes, () => component.stats.instances),
    telemetry.observe('sluice.pool.queued', attributes, () => component.stats.queued),
    telemetry.observe('sluice.pool.abandoned', attributes, () => component.stats.abandoned),
    telemetry.observe('sluice.pool.abandoned_memory', attributes, () => component.stats.abandonedBytes),
  ];
}

/** Gauges for each part of a source; they come and go with the parts that this process is assigned. Call the result to remove them. */
function observeParts(telemetry: Telemetry, supervisor: Supervisor): () => void {
  let parts = new Map<string, SourcePart>();
  const observed = new Map<string, readonly (() => void)[]>();
  const observe = (name: string): void => {
    const attributes = { 'sluice.trigger': supervisor.name, 'sluice.source.part': name };
    observed.set(name, [
      telemetry.observe('sluice.source.lag', attributes, () => parts.get(name)?.lag ?? 0),
      telemetry.observe('sluice.source.oldest_age', attributes, () => (parts.get(name)?.oldestMs ?? 0) / 1000),
    ]);
  };
  const forget = (name: string): void => {
    for (const end of observed.get(name) ?? []) end();
    observed.delete(name);
  };
  const ended = telemetry.beforeCollecting(() => {
    parts = new Map(supervisor.parts().map((part) => [part.name, part]));
    for (const name of parts.keys()) if (!observed.has(name)) observe(name);
    for (const name of observed.keys()) if (!parts.has(name)) forget(name);
  });
  return () => {
    ended();
    for (const name of observed.keys()) forget(name);
  };
}
