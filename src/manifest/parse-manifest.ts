import { dirname } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { Adapter } from '../trigger/adapter.ts';
import type { App } from './app.ts';
import { buildApp } from './build-app.ts';
import { expand, type ExpansionSources } from './expansion.ts';
import { withImpliedTypes } from './implied-type.ts';
import { issueWording } from './issue-wording.ts';
import { manifestJsonSchema } from './json-schema.ts';
import { ManifestError, type ManifestProblem } from './manifest-error.ts';
import { manifestSchema } from './manifest-schema.ts';
import { frameOf, ManifestSource } from './manifest-source.ts';
import { checkReferences } from './references.ts';
import { schemaProblems } from './schema-problems.ts';
import { formatPath } from './toml-path.ts';
import { isTable, type TomlTable } from './toml-table.ts';
import { unusedTables } from './unused.ts';

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
 * Throws one ManifestError with everything that is wrong: SLU1102 (not TOML, then nothing else is known), SLU1201 (value), SLU1203
 * (unknown key), SLU1204 (reference), SLU1205 (environment variable or file missing), SLU1206 (name given twice), SLU1207 (no such adapter).
 */
export function parseManifest(text: string, context: ManifestContext): App {
  const { file, adapters } = context;
  const { tree, expanded, missing } = expand(parseToml(text, file), context);
  const source = new ManifestSource(file, text, withImpliedTypes(isTable(tree) ? tree : {}, adapters), expanded);

  const read = manifestSchema(adapters).safeParse(source.tree, { error: issueWording, reportInput: true });
  const notExpanded = missing.map(({ path, message, fix }) =>
    source.problem('SLU1205', path, `${formatPath(path)} ${message}`, { fix }),
  );
  const unreadable = new Set(notExpanded.map(({ path }) => path));
  const problems = [
    ...notExpanded,
    ...[
      ...(read.success ? [] : schemaProblems(read.error.issues, source, manifestJsonSchema(adapters))),
      ...checkReferences(source, adapters),
    ].filter(({ path }) => !unreadable.has(path)),
  ];
  if (problems.length > 0 || !read.success) throw new ManifestError(file, problems);
  return buildApp(read.data, source, { dir: dirname(file), processors: context.processors });
}

/** What is allowed and yet worth a word. */
export function manifestWarnings(app: App): readonly ManifestProblem[] {
  return [...unusedTables(app.source)];
}

/** Throws a ManifestError with SLU1102. */
export function parseToml(text: string, file: string): TomlTable {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw' });
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const { line, column } = thrown;
    const frame = frameOf(text, { line, column, length: 1 });
    const said = /^Invalid TOML document: (.*)$/m.exec(thrown.message)?.[1] ?? 'it can not be parsed';
    const isUnfinished = said.startsWith('control characters') && frame.start >= frame.text.length;
    const reason = isUnfinished ? 'unfinished string' : said;
    const message = `the manifest is not TOML: ${reason}`;
    throw new ManifestError(file, [{ code: 'SLU1102', path: '', line, column, frame, message }], thrown);
  }
}
