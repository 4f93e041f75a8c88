import { isDeepStrictEqual } from 'node:util';
import type { App, OutputSettings, TriggerSettings } from '../manifest/app.ts';
import type { ManifestProblem } from '../manifest/manifest-error.ts';
import { formatPath } from '../manifest/toml/toml-table.ts';
import { triggerTables } from '../manifest/trigger-tables.ts';
import type { Adapter } from '../trigger/adapter.ts';

/**
 * Triggers whose dead letters come back to them, directly or through the dead letters of others, as SLU1211. A component's outputs are known only
 * when it publishes, and an app may send itself events on purpose (a pipeline that tries again later). So only `limits.hops` ends such circles, and
 * circles through places that no option names.
 */
export function circles(app: App, adapters: readonly Adapter[]): readonly ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  for (const trigger of app.triggers) {
    const way = wayBack(trigger, app, adapters);
    if (way === undefined) continue;
    const table = triggerTables(app.manifest.tree).find(({ name }) => name === trigger.name);
    const path = [...(table?.path ?? []), 'dead_letter'];
    const through = way.map(({ name }) => `'${name}'`).join(', then ');
    const message = `${formatPath(path)}: dead letters of trigger '${trigger.name}' come back to it: they are read by ${through}`;
    const fix =
      'send them to a place that none of these triggers reads, or leave dead_letter out to keep them in the local store';
    problems.push(app.manifest.problem('SLU1211', path, message, { fix }));
  }
  return problems;
}

/** The triggers that its dead letters go through until they come back to it, itself last; `undefined` if they never come back. */
function wayBack(
  start: TriggerSettings,
  app: App,
  adapters: readonly Adapter[],
): readonly TriggerSettings[] | undefined {
  const { triggers, outputs } = app;
  const seen = new Set<TriggerSettings>();
  const ways: (readonly TriggerSettings[])[] = [[]];
  for (const way of ways) {
    const last = way.at(-1) ?? start;
    const { deadLetter } = last;
    const output = deadLetter.kind === 'output' ? outputs.get(deadLetter.output) : undefined;
    if (output === undefined) continue;
    for (const reader of triggers) {
      if (seen.has(reader) || !reads(reader, output, { app, adapters, ownLetters: reader === last })) continue;
      if (reader === start) return [...way, reader];
      seen.add(reader);
      ways.push([...way, reader]);
    }
  }
  return undefined;
}

interface Looking {
  readonly app: App;
  readonly adapters: readonly Adapter[];
  /** The output receives the dead letters of this very trigger. */
  readonly ownLetters: boolean;
}

function reads(reader: TriggerSettings, output: OutputSettings, { app, adapters, ownLetters }: Looking): boolean {
  const connectionOf = ({ connection }: TriggerSettings | OutputSettings): unknown =>
    connection === undefined ? undefined : app.connections.get(connection)?.options;
  // Two connections may lead to the same broker under two names.
  const adapter = adapters.find(({ type }) => type === reader.type);
  if (reader.type !== output.type || !isSamePlace(adapter, connectionOf(reader), connectionOf(output))) return false;
  return adapter?.trigger?.reads?.(reader.options, output.options, ownLetters) ?? false;
}

function isSamePlace(adapter: Adapter | undefined, one: unknown, other: unknown): boolean {
  if (isDeepStrictEqual(one, other)) return true;
  const connection = adapter?.connection;
  if (connection?.places === undefined || one === undefined || other === undefined) return false;
  return connection.places(one).some((place) => connection.places?.(other).includes(place));
}
