import type { ManifestProblem } from './manifest-error.ts';
import type { ManifestSource } from './manifest-source.ts';
import { tablesAt } from './toml-table.ts';
import { triggerTables } from './trigger-tables.ts';

/**
 * What is defined and serves nothing: worth a warning, and often a misspelt name elsewhere. Outputs are not looked at: a component names
 * them while it runs.
 */
export function* unusedTables(source: ManifestSource): Generator<ManifestProblem> {
  const triggers = triggerTables(source.tree);
  const used = {
    component: new Set(triggers.map(({ table }) => table['component'])),
    connection: new Set([
      ...triggers.map(({ table }) => table['connection']),
      ...tablesAt(source.tree, 'output').map(([, output]) => output['connection']),
    ]),
  };
  for (const kind of ['component', 'connection'] as const) {
    for (const [name] of tablesAt(source.tree, kind)) {
      if (used[kind].has(name)) continue;
      const user = kind === 'component' ? 'trigger' : 'trigger and no output';
      yield source.problem('SLU1301', [kind, name], `${kind}.${name} is defined, but no ${user} uses it`, {
        part: 'key',
      });
    }
  }
}
