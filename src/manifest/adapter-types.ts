import { tableAt, tablesAt, type TomlTable } from './toml/toml-table.ts';
import type { Adapter } from '../trigger/adapter.ts';

export interface AdapterTypes {
  /** As written, each once, in the order of the tables. */
  readonly all: readonly string[];
  /** Whether a table has neither a type nor a connection. Its type then depends on the known adapters. */
  readonly implied: boolean;
}

/** The types of adapters that a document names, so that they can be loaded. */
export function adapterTypesIn(document: TomlTable): AdapterTypes {
  const tables = ['connection', 'output', 'store'].flatMap((key) => tablesAt(document, key).map(([, table]) => table));
  const types = [...Object.keys(tableAt(document, 'trigger')), ...tables.map(({ type }) => type)];
  return {
    all: [...new Set(types.filter((type) => typeof type === 'string'))],
    implied: tables.some(({ type, connection }) => type === undefined && connection === undefined),
  };
}

const parts = ['output', 'store'] as const;

/**
 * The document with a type for each output and store: its own `type`, else that of the connection that it names, else the only adapter that
 * opens such a part without a connection. If none of these applies, the part stays without a type.
 */
export function withImpliedTypes(tree: TomlTable, adapters: readonly Adapter[]): TomlTable {
  const typed = parts.flatMap((part) => {
    const tables = tablesAt(tree, part).map(([name, table]) => {
      const type = table['type'] ?? impliedType(part, table, tree, adapters);
      return [name, type === undefined ? table : { type, ...table }];
    });
    return tables.length === 0 ? [] : [[part, { ...tableAt(tree, part), ...Object.fromEntries(tables) }]];
  });
  return { ...tree, ...Object.fromEntries(typed) };
}

function impliedType(
  part: (typeof parts)[number],
  { connection }: TomlTable,
  tree: TomlTable,
  adapters: readonly Adapter[],
): unknown {
  if (typeof connection === 'string') return tableAt(tableAt(tree, 'connection'), connection)['type'];
  const alone = adapters.filter((adapter) => adapter[part] !== undefined && adapter.connection === undefined);
  return alone.length === 1 ? alone[0]?.type : undefined;
}
