import { z } from 'zod';
import { issueWording } from './issue-wording.ts';
import type { TomlTable } from '../toml/toml-table.ts';

/** A table whose keys are partly the manifest's, partly an adapter's. */
export interface SharedTable<Keys> {
  /** The manifest's. */
  readonly keys: z.ZodType<Keys> & { readonly shape: object };
  /** The adapter's, for all other keys. */
  readonly options: z.ZodType;
}

/** Such a table, read. */
export interface SharedTableValue<Keys> {
  readonly keys: Keys;
  readonly options: unknown;
}

/** The JSON Schema behind the schemas of `sharedTable` and `tableOfType`. */
const variantsOf = new WeakMap<object, readonly SharedTable<unknown>[]>();

export function sharedTablesOf(schema: object): readonly SharedTable<unknown>[] | undefined {
  return variantsOf.get(schema);
}

/** Reads a shared table with both its schemas, and lists the issues of both. */
export function sharedTable<Keys>(table: SharedTable<Keys>): z.ZodType<SharedTableValue<Keys>> {
  const schema = z.looseObject({});
  variantsOf.set(schema, [table]);
  return schema.transform((value, context) => readShared(table, value, context));
}

/** Reads one of several shared tables, chosen by its key `type`. A type that is not among them is not reported here. */
export function tableOfType<Keys>(variants: ReadonlyMap<string, SharedTable<Keys>>): z.ZodType<SharedTableValue<Keys>> {
  const schema = z.looseObject({});
  variantsOf.set(schema, [...variants.values()]);
  return schema.transform((value, context) => {
    const variant = variants.get(String(value['type']));
    return variant === undefined ? z.NEVER : readShared(variant, value, context);
  });
}

function readShared<Keys>(
  { keys, options }: SharedTable<Keys>,
  table: TomlTable,
  context: z.RefinementCtx,
): SharedTableValue<Keys> {
  const ours = Object.entries(table).filter(([key]) => key in keys.shape);
  const theirs = Object.entries(table).filter(([key]) => !(key in keys.shape));
  const reading = { error: issueWording, reportInput: true };
  const readKeys = keys.safeParse(Object.fromEntries(ours), reading);
  const readOptions = closed(options).safeParse(Object.fromEntries(theirs), reading);
  for (const issue of [...(readKeys.error?.issues ?? []), ...(readOptions.error?.issues ?? [])]) {
    context.addIssue({ ...issue, path: [...issue.path] });
  }
  return readKeys.success && readOptions.success ? { keys: readKeys.data, options: readOptions.data } : z.NEVER;
}

/** Rejects unknown keys, even if an adapter's schema does not say so. */
export function closed(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;
}
