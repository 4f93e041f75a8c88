import { resolve } from 'node:path';
import { expand, type ExpansionSources } from './expansion.ts';
import { isTable, type TomlTable } from './toml/toml-table.ts';

/** The tables of a manifest. */
const TABLES = [
  'app',
  'state',
  'dead_letters',
  'cache',
  'limits',
  'shutdown',
  'server',
  'connection',
  'component',
  'trigger',
  'output',
  'store',
] as const;
export type ManifestTable = (typeof TABLES)[number];

export const DEFAULT_STATE_PATH = '.sluice/state.db';

/**
 * The state file of a manifest, absolute, for commands that need nothing else from it: without the schema they start in half the time. `undefined`
 * if only the schema can tell, because an error might concern it, such as a table with an unknown name.
 */
export function statePathIn(document: TomlTable, dir: string, sources: ExpansionSources): string | undefined {
  const { state = {} } = document;
  const known: ReadonlySet<string> = new Set(TABLES);
  if (!isTable(state) || !Object.keys(document).every((key) => known.has(key))) return undefined;
  const { path = DEFAULT_STATE_PATH, ...others } = state;
  const { tree, missing } = expand(path, sources);
  const isRight = typeof tree === 'string' && tree !== '' && missing.length === 0 && Object.keys(others).length === 0;
  return isRight ? resolve(dir, tree) : undefined;
}
