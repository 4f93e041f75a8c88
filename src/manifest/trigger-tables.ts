import { isTable, tableAt, type TomlPath, type TomlTable } from './toml/toml-table.ts';

/** One `[[trigger.TYPE]]` as it was written. */
export interface TriggerTable {
  readonly type: string;
  /** Among the triggers of its type. */
  readonly index: number;
  readonly path: TomlPath;
  readonly table: TomlTable;
  /** Its own name, or the default; absent while it has neither. */
  readonly name: string | undefined;
}

/** All triggers of a document, in order. Tables without the form of a trigger are left out. */
export function triggerTables(tree: TomlTable): readonly TriggerTable[] {
  return Object.entries(tableAt(tree, 'trigger')).flatMap(([type, tables]) =>
    (Array.isArray(tables) ? tables : []).flatMap((table: unknown, index) =>
      isTable(table) ? [{ type, index, path: ['trigger', type, index], table, name: nameOf(type, table) }] : [],
    ),
  );
}

/** By default TYPE-COMPONENT; for a package, TYPE is its last part: `sluice-sqs` of `@acme/sluice-sqs`. */
function nameOf(type: string, { name, component }: TomlTable): string | undefined {
  if (typeof name === 'string') return name;
  return typeof component === 'string' ? `${type.replace(/^.*\//, '')}-${component}` : undefined;
}
