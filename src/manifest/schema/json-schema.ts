import { z } from 'zod';
import type { Adapter } from '../../trigger/adapter.ts';
import { manifestSchema } from './manifest-schema.ts';
import { closed, type SharedTable, sharedTablesOf } from './shared-table.ts';
import { isTable, type TomlPath, valueAt } from '../toml/toml-table.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (draft 2020-12) of sluice.toml with these adapters. */
export function manifestJsonSchema(adapters: readonly Adapter[]): JsonSchema {
  return { ...print(manifestSchema(adapters)), title: 'sluice.toml' };
}

/** The part of `schema` that describes what `document` has, or could have, at a path. */
export function schemaAt(schema: JsonSchema, document: unknown, path: TomlPath): JsonSchema | undefined {
  let here: JsonSchema | undefined = schema;
  for (const [depth, step] of path.entries()) {
    const table: JsonSchema | undefined = here && chooseVariant(here, valueAt(document, path.slice(0, depth)));
    here = typeof step === 'number' ? subschema(table?.items) : memberSchema(table, step);
  }
  return here;
}

/** The schema of a table's member: its own, or else the one for all other keys. */
export function memberSchema(table: JsonSchema | undefined, key: string): JsonSchema | undefined {
  return subschema(table?.properties?.[key] ?? table?.additionalProperties);
}

/** The alternative that fits a value: the table with the same `type`, or else the one with the same JSON type. */
export function chooseVariant(schema: JsonSchema, value: unknown): JsonSchema {
  if (schema.anyOf === undefined) return schema;
  const variants = schema.anyOf.map(subschema).filter((variant) => variant !== undefined);
  const named =
    isTable(value) && variants.find(({ properties }) => subschema(properties?.['type'])?.const === value['type']);
  return named || (variants.find(({ type }) => type === jsonTypeOf(value)) ?? schema);
}

function print(schema: z.ZodType): JsonSchema {
  const printed = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const shared = sharedTablesOf(zodSchema);
      if (shared === undefined) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      const variants = shared.map(printShared);
      Object.assign(jsonSchema, variants.length === 1 ? variants[0] : { anyOf: variants });
    },
  });
  return foldRanges(printed);
}

function printShared({ keys, options }: SharedTable<unknown>): JsonSchema {
  const { $schema: _, ...ours } = print(keys);
  const { $schema: __, ...theirs } = print(closed(options));
  return merge(ours, theirs);
}

function merge(ours: JsonSchema, theirs: JsonSchema): JsonSchema {
  if (theirs.anyOf !== undefined) {
    return { anyOf: theirs.anyOf.map(subschema).map((variant) => merge(ours, variant ?? {})) };
  }
  return {
    type: 'object',
    properties: { ...ours.properties, ...theirs.properties },
    required: [...(ours.required ?? []), ...(theirs.required ?? [])],
    additionalProperties: theirs.additionalProperties ?? false,
  };
}

/** `range`, which readers of durations and sizes add, becomes a part of the description. */
function foldRanges(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (!isTable(value) || typeof value['range'] !== 'string') return value;
    const { range, description, ...rest } = value;
    return { ...rest, description: [description, `(${range})`].filter(Boolean).join(' ') };
  }) as JsonSchema; // it was one, and still is
}

export function subschema(schema: unknown): JsonSchema | undefined {
  return isTable(schema) ? schema : undefined;
}

function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null || isTable(value) ? 'object' : typeof value;
}
