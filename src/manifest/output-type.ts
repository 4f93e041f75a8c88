import type { Adapter } from '../trigger/adapter.ts';
import { tableAt, tablesAt, type TomlTable } from './toml-table.ts';

/**
 * A document in which each output has its type: its own `type`, else that of the connection that it names, else the only adapter that can
 * publish without a connection. Where none of these tells, it stays without.
 */
export function withOutputTypes(tree: TomlTable, adapters: readonly Adapter[]): TomlTable {
  const outputs = tablesAt(tree, 'output').map(([name, output]) => {
    const type = output['type'] ?? impliedType(output, tree, adapters);
    return [name, type === undefined ? output : { type, ...output }];
  });
  return outputs.length === 0
    ? tree
    : { ...tree, output: { ...tableAt(tree, 'output'), ...Object.fromEntries(outputs) } };
}

function impliedType({ connection }: TomlTable, tree: TomlTable, adapters: readonly Adapter[]): unknown {
  if (typeof connection === 'string') return tableAt(tableAt(tree, 'connection'), connection)['type'];
  const alone = adapters.filter((adapter) => adapter.output !== undefined && adapter.connection === undefined);
  return alone.length === 1 ? alone[0]?.type : undefined;
}
