import type { Supervisor } from '../dispatch/supervisor.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { SourcePart } from '../trigger/trigger.ts';

/** Gauges for each part of a source, which come and go with what the process is assigned. The result ends that. */
export function observeParts(telemetry: Telemetry, supervisor: Supervisor): () => void {
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
