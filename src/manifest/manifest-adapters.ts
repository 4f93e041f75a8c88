import { tableAt, tablesAt, type TomlTable } from './toml-table.ts';

export interface AdapterTypes {
  /** As written, each once, in the order of the tables. */
  readonly all: readonly string[];
  /** Whether a table leaves its type out, and names no connection that has one: which it is depends on what adapters there are. */
  readonly implied: boolean;
}

/** The types of adapters that a document names: what has to be loaded. */
export function adapterTypesIn(document: TomlTable): AdapterTypes {
  const tables = ['connection', 'output', 'store'].flatMap((key) => tablesAt(document, key).map(([, table]) => table));
  const types = [...Object.keys(tableAt(document, 'trigger')), ...tables.map(({ type }) => type)];
  return {
    all: [...new Set(types.filter((type) => typeof type === 'string'))],
    implied: tables.some(({ type, connection }) => type === undefined && connection === undefined),
  };
}
