import type { z } from 'zod';
import { display } from './issue-wording.ts';
import { chooseVariant, type JsonSchema, schemaAt } from './json-schema.ts';
import type { ManifestProblem } from '../manifest-error.ts';
import type { ManifestText } from '../manifest-text.ts';
import { nearestName } from '../nearest-name.ts';
import { formatKey, formatPath, type TomlPath, valueAt } from '../toml/toml-table.ts';

type Issue = z.core.$ZodIssue;

/** The schema's errors, each with its place and one fix: the first `most`, and at most as many for the keys of one table. */
export function schemaProblems(
  issues: readonly Issue[],
  manifest: ManifestText,
  schema: JsonSchema,
  most: number,
): readonly ManifestProblem[] {
  return issues
    .slice(0, most)
    .flatMap(unfoldUnion)
    .flatMap((issue) => {
      const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
      return issue.code === 'unrecognized_keys'
        ? issue.keys.slice(0, most).map((key) => unknownKey(key, path, manifest, schema))
        : [invalidValue(issue, path, manifest, schema)];
    });
}

/** Keys of earlier versions, and what to do now. */
const removedKeys: Readonly<Record<string, string>> = {
  'server.token':
    'remove it: it never protected anything, since the server only answers questions. Keep server.listen on 127.0.0.1, or put a proxy with authentication before it',
};

function unknownKey(key: string, table: TomlPath, manifest: ManifestText, schema: JsonSchema): ManifestProblem {
  const tableSchema = schemaAt(schema, manifest.tree, table) ?? {};
  const known = Object.keys(chooseVariant(tableSchema, valueAt(manifest.tree, table)).properties ?? {});
  const nearest = nearestName(key, known);
  const place = table.length === 0 ? 'the manifest' : formatPath(table);
  return manifest.problem('SLU1203', [...table, key], `${place} has no key ${formatKey(key)}`, {
    part: 'key',
    fix:
      removedKeys[formatPath([...table, key])] ??
      (nearest === undefined ? `its keys are ${known.join(', ')}` : `did you mean ${nearest}?`),
  });
}

function invalidValue(issue: Issue, path: TomlPath, manifest: ManifestText, schema: JsonSchema): ManifestProblem {
  const isKey = issue.code === 'invalid_key';
  const message = isKey ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return manifest.problem('SLU1201', path, sentence(path, message), {
    part: isKey ? 'key' : 'value',
    fix: fixOf(issue, path, manifest, schema),
  });
}

/** `limits.memory must be …`, but `trigger.cron[0]: either schedule or every`. */
function sentence(path: TomlPath, message: string): string {
  const place = path.length === 0 ? 'the manifest' : formatPath(path);
  return /^(?:must|is|has|needs|can|does) /.test(message) ? `${place} ${message}` : `${place}: ${message}`;
}

function fixOf(issue: Issue, path: TomlPath, manifest: ManifestText, schema: JsonSchema): string | undefined {
  const key = path.findLast((step) => typeof step === 'string');
  if (key === undefined || issue.code === 'invalid_key') return undefined;
  if (issue.code === 'invalid_value') {
    const nearest = nearestName(String(issue.input), issue.values.map(String));
    if (nearest !== undefined) return `did you mean ${display(nearest)}?`;
  }
  const quoted = issue.code === 'invalid_type' ? otherQuotes(issue.expected, issue.input) : undefined;
  if (quoted !== undefined) return `${quoted.how}: ${formatKey(key)} = ${quoted.value}`;
  const known = schemaAt(schema, manifest.tree, path);
  const example = [known?.default, ...(known?.examples ?? [])].find(
    (each) => each !== undefined && typeof each !== 'object',
  );
  if (issue.input === undefined) return `add ${formatKey(key)} = ${example === undefined ? '"..."' : display(example)}`;
  return example === undefined ? undefined : `write for example ${formatKey(key)} = ${display(example)}`;
}

/** A number where a string belongs, or the other way round. */
function otherQuotes(expected: string, value: unknown): { readonly how: string; readonly value: string } | undefined {
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  if (expected === 'string' && isPlain) return { how: 'write it in quotes', value: `"${value}"` };
  const isNumeric = typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value);
  return expected === 'number' && isNumeric ? { how: 'write it without quotes', value } : undefined;
}

/** For a value with several forms: the problem with the intended form, if only one is possible. */
export function unfoldUnion(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.filter((issues) => issues.some(({ path }) => path.length > 0));
  if (meant.length !== 1 || meant[0] === undefined) return [issue];
  return meant[0].flatMap((inner) => unfoldUnion({ ...inner, path: [...issue.path, ...inner.path] }));
}
