import type { ManifestProblem } from './manifest-error.ts';
import type { ManifestText } from './manifest-text.ts';
import { tableAt, tablesAt } from './toml/toml-table.ts';
import { triggerTables } from './trigger-tables.ts';

const users = { component: 'trigger', connection: 'trigger, output or store', store: 'trigger and no allow.keyvalue' };

/** Warnings about unused definitions; often a name is misspelt elsewhere. Outputs are not checked: a component names them while it runs. */
export function* unusedTables(manifest: ManifestText): Generator<ManifestProblem> {
  const triggers = triggerTables(manifest.tree);
  const used = {
    component: new Set(triggers.map(({ table }) => table['component'])),
    connection: new Set([
      ...triggers.map(({ table }) => table['connection']),
      ...['output', 'store'].flatMap((part) => tablesAt(manifest.tree, part).map(([, table]) => table['connection'])),
    ]),
    store: new Set([
      ...triggers.map(({ table }) => table['store']),
      ...tablesAt(manifest.tree, 'component').flatMap(([, component]) => tableAt(component, 'allow')['keyvalue']),
    ]),
  };
  for (const kind of ['component', 'connection', 'store'] as const) {
    for (const [name] of tablesAt(manifest.tree, kind)) {
      if (used[kind].has(name)) continue;
      yield manifest.problem('SLU1301', [kind, name], `${kind}.${name} is defined, but no ${users[kind]} uses it`, {
        part: 'key',
      });
    }
  }
}
