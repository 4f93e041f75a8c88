import type { ErrorCode } from '../errors.ts';
import type { ExpandedValue } from './expansion.ts';
import type { ManifestFrame, ManifestProblem } from './manifest-error.ts';
import { hidden, hideUserInfo } from '../printable.ts';
import { hideAddressUsers, hideSecretsInLine, isSecretKey, isSecretValue } from './secrets.ts';
import { formatPath, leavesOf, type TomlPath, type TomlTable, valueAt } from './toml/toml-table.ts';
import { type TomlPosition, tomlPositions, type TomlSpan } from './toml/toml-positions.ts';

/** Tables of tables whose second key is a name or type chosen by the user. */
const namedTables = new Set(['connection', 'component', 'trigger', 'output', 'store']);

/** The manifest's text, and the position of every value in it. */
export class ManifestText {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  /** The document, its references expanded. Holds secrets. */
  readonly tree: TomlTable;
  /** Which values came from the environment or from files, by `formatPath`. */
  readonly expanded: ReadonlyMap<string, ExpandedValue>;
  readonly #lines: readonly string[];
  #positions: ReadonlyMap<string, TomlPosition> | undefined;

  constructor(file: string, text: string, tree: TomlTable, expanded: ReadonlyMap<string, ExpandedValue>) {
    this.file = file;
    this.text = text;
    this.tree = tree;
    this.expanded = expanded;
    this.#lines = linesOf(text);
  }

  /** The position of a path, or of the nearest table above it; the start of the document if there is none. */
  spanOf(path: TomlPath, part: 'key' | 'value' = 'key'): TomlSpan {
    this.#positions ??= tomlPositions(this.text);
    for (let length = path.length; length > 0; length -= 1) {
      const position = this.#positions.get(formatPath(path.slice(0, length)));
      const span =
        length === path.length && part === 'value'
          ? (position?.value ?? position?.key)
          : (position?.key ?? position?.value);
      if (span !== undefined) return span;
    }
    return { line: 1, column: 1, length: 1 };
  }

  /** Whether the manifest has a value at this path. */
  has(path: TomlPath): boolean {
    this.#positions ??= tomlPositions(this.text);
    return this.#positions.has(formatPath(path));
  }

  /** The origins of expanded values at or below a path. */
  expandedBelow(path: TomlPath): readonly string[] {
    return Array.from(leavesOf(valueAt(this.tree, path), path)).flatMap(([leaf]) => {
      return this.expanded.get(formatPath(leaf))?.from ?? [];
    });
  }

  /** Whether the value at a path must not be shown. */
  isSecret(path: TomlPath): boolean {
    const keys = path.slice(namedTables.has(String(path[0])) ? 2 : 1);
    const isNamedSo = keys.some((key) => typeof key === 'string' && isSecretKey(key));
    return isNamedSo || isSecretValue(valueAt(this.tree, path)) || this.expanded.get(formatPath(path))?.secret === true;
  }

  /** A text about the value at a path, without the secrets in that value: verbatim, in JSON, or cut short after `got`. */
  withoutSecrets(text: string, path: TomlPath): string {
    let shown = this.isSecret(path) ? text.replace(/, got .*$/s, `, got ${hidden}`) : text;
    for (const [leaf, value] of leavesOf(valueAt(this.tree, path), path)) {
      if (!this.isSecret(leaf)) continue;
      const forms = [String(value), JSON.stringify(String(value)).slice(1, -1)].filter((form) => form !== '');
      for (const form of forms) shown = shown.replaceAll(form, hidden);
    }
    return userHider(path)(shown);
  }

  problem(
    code: ErrorCode,
    path: TomlPath,
    message: string,
    { part = 'value', fix }: { readonly part?: 'key' | 'value'; readonly fix?: string | undefined } = {},
  ): ManifestProblem {
    const span = this.spanOf(path, part);
    return {
      code,
      path: formatPath(path),
      line: span.line,
      column: span.column,
      frame: frameOf(this.#lines, span, userHider(path)),
      message: this.withoutSecrets(message, path),
      ...(fix === undefined ? {} : { fix: this.withoutSecrets(fix, path) }),
    };
  }
}

/** Hides user info in a text about a path. In a connection, addresses may lack a scheme. */
export function userHider(path: TomlPath): (text: string) => string {
  return path[0] === 'connection' ? hideAddressUsers : hideUserInfo;
}

/** The most columns of a line that are shown. */
const MOST_FRAME_LENGTH = 4096;

export function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/);
}

/** The line of a span, safe to show: without secrets. Removing them may move the marked part. */
export function frameOf(
  lines: readonly string[],
  { line, column, length }: TomlSpan,
  hideUsers = hideAddressUsers,
): ManifestFrame {
  const whole = lines[line - 1] ?? '';
  // A cut line could show the end of a secret without its key.
  if (whole.length > MOST_FRAME_LENGTH) return { text: '', start: 0, length: 1 };
  const shown = (piece: string): string => hideUsers(hideSecretsInLine(piece));
  const start = shown(whole.slice(0, column - 1)).length;
  const end = shown(whole.slice(0, column - 1 + length)).length;
  return { text: shown(whole), start, length: Math.max(1, end - start) };
}
