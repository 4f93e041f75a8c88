import type { ManifestProblem } from './manifest-error.ts';
import type { ManifestSource } from './manifest-source.ts';
import { tableAt, tablesAt } from './toml/toml-table.ts';
import { triggerTables } from './trigger-tables.ts';

const users = { component: 'trigger', connection: 'trigger, output or store', store: 'trigger and no allow.keyvalue' };

/** Warnings about unused definitions; often a name is misspelt elsewhere. Outputs are not checked: a component names them while it runs. */
export function* unusedTables(source: ManifestSource): Generator<ManifestProblem> {
  const triggers = triggerTables(source.tree);
  const used = {
    component: new Set(triggers.map(({ table }) => table['component'])),
    connection: new Set([
      ...triggers.map(({ table }) => table['connection']),
      ...['output', 'store'].flatMap((part) => tablesAt(source.tree, part).map(([, table]) => table['connection'])),
    ]),
    store: new Set([
      ...triggers.map(({ table }) => table['store']),
      ...tablesAt(source.tree, 'component').flatMap(([, component]) => tableAt(component, 'allow')['keyvalue']),
    ]),
  };
  for (const kind of ['component', 'connection', 'store'] as const) {
    for (const [name] of tablesAt(source.tree, kind)) {
      if (used[kind].has(name)) continue;
      yield source.problem('SLU1301', [kind, name], `${kind}.${name} is defined, but no ${users[kind]} uses it`, {
        part: 'key',
      });
    }
  }
}
