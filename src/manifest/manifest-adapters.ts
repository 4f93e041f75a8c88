import { tableAt, tablesAt, type TomlTable } from './toml-table.ts';

/** The types of adapters that a document names, each once, in the order of the tables: to load those that are not built in. */
export function adapterTypesIn(document: TomlTable): readonly string[] {
  const named = ['connection', 'output', 'store'].flatMap((key) => tablesAt(document, key).map(([, { type }]) => type));
  const types = [...Object.keys(tableAt(document, 'trigger')), ...named];
  return [...new Set(types.filter((type) => typeof type === 'string'))];
}
