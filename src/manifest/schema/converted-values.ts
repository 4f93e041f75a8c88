import type { z } from 'zod';
import { type JsonSchema, schemaAt } from './json-schema.ts';
import { unfoldUnion } from './schema-problems.ts';
import { formatPath, isTable, type TomlPath, type TomlTable, valueAt } from '../toml/toml-table.ts';

/**
 * The document with converted values, for rejected values that only have the wrong TOML type; `undefined` if there are none:
 *
 * - the text of a reference such as `"${env:THREADS}"` becomes a number or a boolean where one is wanted;
 * - TOML's own date and time becomes text where a time is wanted.
 */
export function convertedValues(
  document: TomlTable,
  issues: readonly z.core.$ZodIssue[],
  schema: JsonSchema,
  isExpanded: (path: string) => boolean,
): TomlTable | undefined {
  let converted: unknown = document;
  for (const issue of issues.flatMap(unfoldUnion)) {
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
    const value = valueAt(document, path);
    const wanted = formsOf(schemaAt(schema, document, path));
    const better =
      value instanceof Date
        ? wanted.has('date-time') && value.toISOString()
        : typeof value === 'string' && isExpanded(formatPath(path)) && plainValue(value, wanted);
    if (better !== false && better !== undefined) converted = replaced(converted, path, better);
  }
  return converted === document ? undefined : (converted as TomlTable); // only values inside of it were replaced
}

function plainValue(text: string, wanted: ReadonlySet<unknown>): number | boolean | undefined {
  if (wanted.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  const isNumber = (wanted.has('number') || wanted.has('integer')) && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text);
  return isNumber ? Number(text) : undefined;
}

/** Types and formats that a schema takes, those of its alternatives too. */
function formsOf(schema: JsonSchema | undefined): ReadonlySet<unknown> {
  const forms = new Set<unknown>();
  const add = (each: JsonSchema): void => {
    forms.add(each.type).add(each.format);
    for (const variant of each.anyOf ?? []) if (typeof variant === 'object') add(variant);
  };
  if (schema !== undefined) add(schema);
  return forms;
}

function replaced(container: unknown, [step, ...rest]: TomlPath, value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(container)) return container.map((each, n) => (n === step ? replaced(each, rest, value) : each));
  if (!isTable(container)) return container;
  return { ...container, [step]: replaced(container[step], rest, value) };
}
