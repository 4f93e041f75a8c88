import { dirname } from 'node:path';
import type { Adapter } from '../trigger/adapter.ts';
import type { App } from './app.ts';
import { buildApp } from './build-app.ts';
import { convertedValues } from './schema/converted-values.ts';
import { expand, type ExpansionSources } from './expansion.ts';
import { withImpliedTypes } from './adapter-types.ts';
import { issueWording } from './schema/issue-wording.ts';
import { manifestJsonSchema } from './schema/json-schema.ts';
import { ManifestError, type ManifestProblem } from './manifest-error.ts';
import { manifestSchema } from './schema/manifest-schema.ts';
import { ManifestText } from './manifest-text.ts';
import { parseToml } from './toml/parse-toml.ts';
import { checkReferences } from './references.ts';
import { schemaProblems } from './schema/schema-problems.ts';
import { formatPath, isTable, type TomlTable } from './toml/toml-table.ts';
import { unusedTables } from './unused.ts';

/** The most problems that are reported: wording each one takes a search through the manifest. */
const MOST_PROBLEMS = 100;

export interface ManifestContext extends ExpansionSources {
  /** Absolute; relative paths in the manifest start from its folder. */
  readonly file: string;
  readonly adapters: readonly Adapter[];
  /** Processors of this machine: the default of `pool.threads` comes from it. */
  readonly processors: number;
}

/**
 * Reads a manifest, and checks all that can be checked without opening anything.
 *
 * Throws one ManifestError with every problem, at most 100 of a kind: SLU1102 (not TOML) or SLU1103 (too large or too deep), which stand
 * alone; otherwise SLU1201 (value), SLU1203 (unknown key), SLU1204 (reference), SLU1205 (environment variable or file missing), SLU1206
 * (duplicate name), SLU1207 (unknown adapter).
 */
export function parseManifest(text: string, context: ManifestContext): App {
  const { file, adapters } = context;
  const { tree, expanded, missing } = expand(parseToml(text, file), context);
  const schema = manifestSchema(adapters);
  const parsed = (document: TomlTable) => schema.safeParse(document, { error: issueWording, reportInput: true });
  let document = withImpliedTypes(isTable(tree) ? tree : {}, adapters);
  let read = parsed(document);
  if (!read.success) {
    const isExpanded = (path: string): boolean => expanded.has(path);
    const converted = convertedValues(document, read.error.issues, manifestJsonSchema(adapters), isExpanded);
    if (converted !== undefined) [document, read] = [converted, parsed(converted)];
  }
  const manifest = new ManifestText(file, text, document, expanded);
  const notExpanded = missing
    .slice(0, MOST_PROBLEMS)
    .map(({ path, message, fix }) => manifest.problem('SLU1205', path, `${formatPath(path)} ${message}`, { fix }));
  const unreadable = new Set(notExpanded.map(({ path }) => path));
  const problems = [
    ...notExpanded,
    ...[
      ...(read.success ? [] : schemaProblems(read.error.issues, manifest, manifestJsonSchema(adapters), MOST_PROBLEMS)),
      ...checkReferences(manifest, adapters).take(MOST_PROBLEMS),
    ].filter(({ path }) => !unreadable.has(path)),
  ];
  if (problems.length > 0 || !read.success) throw new ManifestError(file, problems);
  return buildApp(read.data, manifest, { dir: dirname(file), processors: context.processors });
}

/** Warnings: what is allowed, but probably a mistake. */
export function manifestWarnings(app: App): readonly ManifestProblem[] {
  return [...unusedTables(app.manifest).take(MOST_PROBLEMS)];
}
