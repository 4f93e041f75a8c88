import type { Adapter } from '../trigger/adapter.ts';
import { display, orList } from './schema/issue-wording.ts';
import type { ManifestProblem } from './manifest-error.ts';
import type { ManifestSource } from './manifest-source.ts';
import { nearestName } from './nearest-name.ts';
import { formatKey, formatPath, tableAt, tablesAt, type TomlPath, type TomlTable } from './toml/toml-table.ts';
import { type TriggerTable, triggerTables } from './trigger-tables.ts';

/** Values of dead_letter that are not names of outputs. */
const reservedOutputs = new Set(['store', 'drop']);

/**
 * Checks what one table says about another: types must be known, names must exist and be unique. Reads the document, not the result of the
 * schema, so that the problems of both are reported together; wrong forms are left to the schema.
 */
export function* checkReferences(source: ManifestSource, adapters: readonly Adapter[]): Generator<ManifestProblem> {
  const connectionTypes = adapters.filter(({ connection }) => connection !== undefined).map(({ type }) => type);
  const triggerTypes = adapters.filter(({ trigger }) => trigger !== undefined).map(({ type }) => type);

  for (const [name, { type }] of tablesAt(source.tree, 'connection')) {
    yield* checkType(source, ['connection', name, 'type'], type, connectionTypes);
  }
  for (const part of ['output', 'store'] as const) {
    const types = adapters.filter((adapter) => adapter[part] !== undefined).map(({ type }) => type);
    for (const [name, table] of tablesAt(source.tree, part)) {
      yield* checkBrokered(source, [part, name], table, connectionTypes, types);
    }
  }
  for (const [name] of tablesAt(source.tree, 'output')) {
    const path = ['output', name];
    if (reservedOutputs.has(name)) {
      yield source.problem('SLU1201', path, `output.${name}: "${name}" is a reserved value of dead_letter`, {
        part: 'key',
        fix: 'give the output another name',
      });
    }
  }
  for (const [component, table] of tablesAt(source.tree, 'component')) {
    for (const output of Object.keys(tableAt(tableAt(table, 'allow'), 'publish'))) {
      yield* checkName(source, ['component', component, 'allow', 'publish', output], 'output', output, 'key');
    }
  }
  for (const type of Object.keys(tableAt(source.tree, 'trigger'))) {
    if (!triggerTypes.includes(type)) yield unknownType(source, ['trigger', type], type, triggerTypes, 'key');
  }
  for (const trigger of triggerTables(source.tree)) yield* checkTrigger(source, trigger);
  yield* checkTriggerNames(source);
}

/** Checks an output or a store. If it takes its type from its connection, and that type is unknown, only the connection is reported. */
function* checkBrokered(
  source: ManifestSource,
  path: TomlPath,
  { type, connection }: TomlTable,
  connectionTypes: readonly string[],
  types: readonly string[],
): Generator<ManifestProblem> {
  const isConnections = !source.has([...path, 'type']) && typeof connection === 'string';
  if (!isConnections || (typeof type === 'string' && connectionTypes.includes(type))) {
    yield* checkType(source, [...path, 'type'], type, types);
  }
  yield* checkConnection(source, [...path, 'connection'], connection, type);
}

function* checkTrigger(source: ManifestSource, { type, path, table }: TriggerTable): Generator<ManifestProblem> {
  const { component, connection, store, dead_letter: deadLetter } = table;
  yield* checkName(source, [...path, 'component'], 'component', component);
  yield* checkConnection(source, [...path, 'connection'], connection, type);
  yield* checkName(source, [...path, 'store'], 'store', store);
  if (typeof deadLetter === 'string' && !reservedOutputs.has(deadLetter)) {
    yield* checkName(source, [...path, 'dead_letter'], 'output', deadLetter);
  }
}

function* checkTriggerNames(source: ManifestSource): Generator<ManifestProblem> {
  const first = new Map<string, TriggerTable>();
  for (const trigger of triggerTables(source.tree)) {
    const other = trigger.name === undefined ? undefined : first.get(trigger.name);
    if (trigger.name !== undefined && other === undefined) first.set(trigger.name, trigger);
    if (other === undefined) continue;
    const message = `${formatPath(trigger.path)} has the same name as ${formatPath(other.path)}: "${trigger.name}"`;
    const hasOwnName = trigger.table['name'] !== undefined;
    yield source.problem('SLU1206', hasOwnName ? [...trigger.path, 'name'] : trigger.path, message, {
      part: hasOwnName ? 'value' : 'key',
      fix: `give one of them another name, such as name = "${trigger.name}-2"`,
    });
  }
}

function* checkType(
  source: ManifestSource,
  path: TomlPath,
  type: unknown,
  known: readonly string[],
): Generator<ManifestProblem> {
  const wanted = `one of ${orList(known.map(display))}`;
  if (typeof type === 'string') {
    if (!known.includes(type)) yield unknownType(source, path, type, known, 'value');
  } else if (type === undefined) {
    yield source.problem('SLU1201', path, `${formatPath(path)} is required: ${wanted}`, {
      fix: `add type = ${display(known[0] ?? '@acme/sluice-sqs')}`,
    });
  } else {
    yield source.problem('SLU1201', path, `${formatPath(path)} must be ${wanted}, got ${display(type)}`);
  }
}

function unknownType(
  source: ManifestSource,
  path: TomlPath,
  type: string,
  known: readonly string[],
  part: 'key' | 'value',
): ManifestProblem {
  const nearest = nearestName(type, known);
  const others = known.length === 0 ? 'no adapter here does this' : `the types are ${known.join(', ')}`;
  const hint = nearest === undefined ? others : `did you mean ${display(nearest)}?`;
  return source.problem('SLU1207', path, `${formatPath(path)}: there is no adapter ${display(type)} for this`, {
    part,
    fix: `${hint} (an adapter from a package is named as the package is: "@acme/sluice-sqs")`,
  });
}

function* checkName(
  source: ManifestSource,
  path: TomlPath,
  kind: 'component' | 'connection' | 'output' | 'store',
  name: unknown,
  part: 'key' | 'value' = 'value',
): Generator<ManifestProblem> {
  const known = tableAt(source.tree, kind);
  if (typeof name !== 'string' || Object.hasOwn(known, name)) return;
  const nearest = nearestName(name, Object.keys(known));
  const message = `${formatPath(path)} names ${kind} ${display(name)}, which is not defined`;
  yield source.problem('SLU1204', path, message, {
    part,
    fix: nearest === undefined ? `define it: [${kind}.${formatKey(name)}]` : `did you mean ${display(nearest)}?`,
  });
}

function* checkConnection(
  source: ManifestSource,
  path: TomlPath,
  name: unknown,
  type: unknown,
): Generator<ManifestProblem> {
  yield* checkName(source, path, 'connection', name);
  const other = typeof name === 'string' ? tableAt(tableAt(source.tree, 'connection'), name)['type'] : undefined;
  if (typeof other !== 'string' || typeof type !== 'string' || other === type) return;
  const message = `${formatPath(path)} names connection ${display(name)}, which is of type ${display(other)}, not ${display(type)}`;
  yield source.problem('SLU1204', path, message, { fix: `name a connection of type ${display(type)}` });
}
