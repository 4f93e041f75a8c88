import type { Adapter } from '../trigger/adapter.ts';
import { display, orList } from './schema/issue-wording.ts';
import type { ManifestProblem } from './manifest-error.ts';
import type { ManifestText } from './manifest-text.ts';
import { nearestName } from './nearest-name.ts';
import { formatKey, formatPath, tableAt, tablesAt, type TomlPath, type TomlTable } from './toml/toml-table.ts';
import { type TriggerTable, triggerTables } from './trigger-tables.ts';

/** Values of dead_letter that are not names of outputs. */
const reservedOutputs = new Set(['store', 'drop']);

/**
 * Checks what one table says about another: types must be known, names must exist and be unique. Reads the document, not the result of the
 * schema, so that the problems of both are reported together; wrong forms are left to the schema.
 */
export function* checkReferences(manifest: ManifestText, adapters: readonly Adapter[]): Generator<ManifestProblem> {
  const connectionTypes = adapters.filter(({ connection }) => connection !== undefined).map(({ type }) => type);
  const triggerTypes = adapters.filter(({ trigger }) => trigger !== undefined).map(({ type }) => type);

  for (const [name, { type }] of tablesAt(manifest.tree, 'connection')) {
    yield* checkType(manifest, ['connection', name, 'type'], type, connectionTypes);
  }
  for (const part of ['output', 'store'] as const) {
    const types = adapters.filter((adapter) => adapter[part] !== undefined).map(({ type }) => type);
    for (const [name, table] of tablesAt(manifest.tree, part)) {
      yield* checkBrokered(manifest, [part, name], table, connectionTypes, types);
    }
  }
  for (const [name] of tablesAt(manifest.tree, 'output')) {
    const path = ['output', name];
    if (reservedOutputs.has(name)) {
      yield manifest.problem('SLU1201', path, `output.${name}: "${name}" is a reserved value of dead_letter`, {
        part: 'key',
        fix: 'give the output another name',
      });
    }
  }
  for (const [component, table] of tablesAt(manifest.tree, 'component')) {
    for (const output of Object.keys(tableAt(tableAt(table, 'allow'), 'publish'))) {
      yield* checkName(manifest, ['component', component, 'allow', 'publish', output], 'output', output, 'key');
    }
  }
  for (const type of Object.keys(tableAt(manifest.tree, 'trigger'))) {
    if (!triggerTypes.includes(type)) yield unknownType(manifest, ['trigger', type], type, triggerTypes, 'key');
  }
  for (const trigger of triggerTables(manifest.tree)) yield* checkTrigger(manifest, trigger);
  yield* checkTriggerNames(manifest);
}

/** Checks an output or a store. If it takes its type from its connection, and that type is unknown, only the connection is reported. */
function* checkBrokered(
  manifest: ManifestText,
  path: TomlPath,
  { type, connection }: TomlTable,
  connectionTypes: readonly string[],
  types: readonly string[],
): Generator<ManifestProblem> {
  const isConnections = !manifest.has([...path, 'type']) && typeof connection === 'string';
  if (!isConnections || (typeof type === 'string' && connectionTypes.includes(type))) {
    yield* checkType(manifest, [...path, 'type'], type, types);
  }
  yield* checkConnection(manifest, [...path, 'connection'], connection, type);
}

function* checkTrigger(manifest: ManifestText, { type, path, table }: TriggerTable): Generator<ManifestProblem> {
  const { component, connection, store, dead_letter: deadLetter } = table;
  yield* checkName(manifest, [...path, 'component'], 'component', component);
  yield* checkConnection(manifest, [...path, 'connection'], connection, type);
  yield* checkName(manifest, [...path, 'store'], 'store', store);
  if (typeof deadLetter === 'string' && !reservedOutputs.has(deadLetter)) {
    yield* checkName(manifest, [...path, 'dead_letter'], 'output', deadLetter);
  }
}

function* checkTriggerNames(manifest: ManifestText): Generator<ManifestProblem> {
  const first = new Map<string, TriggerTable>();
  for (const trigger of triggerTables(manifest.tree)) {
    const other = trigger.name === undefined ? undefined : first.get(trigger.name);
    if (trigger.name !== undefined && other === undefined) first.set(trigger.name, trigger);
    if (other === undefined) continue;
    const message = `${formatPath(trigger.path)} has the same name as ${formatPath(other.path)}: "${trigger.name}"`;
    const hasOwnName = trigger.table['name'] !== undefined;
    yield manifest.problem('SLU1206', hasOwnName ? [...trigger.path, 'name'] : trigger.path, message, {
      part: hasOwnName ? 'value' : 'key',
      fix: `give one of them another name, such as name = "${trigger.name}-2"`,
    });
  }
}

function* checkType(
  manifest: ManifestText,
  path: TomlPath,
  type: unknown,
  known: readonly string[],
): Generator<ManifestProblem> {
  const wanted = `one of ${orList(known.map(display))}`;
  if (typeof type === 'string') {
    if (!known.includes(type)) yield unknownType(manifest, path, type, known, 'value');
  } else if (type === undefined) {
    yield manifest.problem('SLU1201', path, `${formatPath(path)} is required: ${wanted}`, {
      fix: `add type = ${display(known[0] ?? '@acme/sluice-sqs')}`,
    });
  } else {
    yield manifest.problem('SLU1201', path, `${formatPath(path)} must be ${wanted}, got ${display(type)}`);
  }
}

function unknownType(
  manifest: ManifestText,
  path: TomlPath,
  type: string,
  known: readonly string[],
  part: 'key' | 'value',
): ManifestProblem {
  const nearest = nearestName(type, known);
  const others = known.length === 0 ? 'no adapter here does this' : `the types are ${known.join(', ')}`;
  const hint = nearest === undefined ? others : `did you mean ${display(nearest)}?`;
  return manifest.problem('SLU1207', path, `${formatPath(path)}: there is no adapter ${display(type)} for this`, {
    part,
    fix: `${hint} (an adapter from a package is named as the package is: "@acme/sluice-sqs")`,
  });
}

function* checkName(
  manifest: ManifestText,
  path: TomlPath,
  kind: 'component' | 'connection' | 'output' | 'store',
  name: unknown,
  part: 'key' | 'value' = 'value',
): Generator<ManifestProblem> {
  const known = tableAt(manifest.tree, kind);
  if (typeof name !== 'string' || Object.hasOwn(known, name)) return;
  const nearest = nearestName(name, Object.keys(known));
  const message = `${formatPath(path)} names ${kind} ${display(name)}, which is not defined`;
  yield manifest.problem('SLU1204', path, message, {
    part,
    fix: nearest === undefined ? `define it: [${kind}.${formatKey(name)}]` : `did you mean ${display(nearest)}?`,
  });
}

function* checkConnection(
  manifest: ManifestText,
  path: TomlPath,
  name: unknown,
  type: unknown,
): Generator<ManifestProblem> {
  yield* checkName(manifest, path, 'connection', name);
  const other = typeof name === 'string' ? tableAt(tableAt(manifest.tree, 'connection'), name)['type'] : undefined;
  if (typeof other !== 'string' || typeof type !== 'string' || other === type) return;
  const message = `${formatPath(path)} names connection ${display(name)}, which is of type ${display(other)}, not ${display(type)}`;
  yield manifest.problem('SLU1204', path, message, { fix: `name a connection of type ${display(type)}` });
}
