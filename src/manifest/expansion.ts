import { fileTrouble } from '../regular-file.ts';
import { isSecretKey } from './secrets.ts';
import { formatPath, isTable, type TomlPath } from './toml/toml-table.ts';

/** The sources of references' values. */
export interface ExpansionSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws if there is no such file. The path is as written in the manifest. */
  readonly readFile: (path: string) => string;
}

/** A value of the manifest that came from an environment variable or a file. */
export interface ExpandedValue {
  /** `env:NATS_HOST`, `env:NATS_HOST (not set)` when its default was taken, `file:/run/secrets/x`. */
  readonly from: readonly string[];
  /** True for every file, and for variables with such a name. */
  readonly secret: boolean;
}

export interface MissingReference {
  readonly path: TomlPath;
  readonly message: string;
  readonly fix: string;
}

export interface Expansion {
  readonly tree: unknown;
  /** By `formatPath`. */
  readonly expanded: ReadonlyMap<string, ExpandedValue>;
  readonly missing: readonly MissingReference[];
}

/** If a reference has no end, or another one begins inside it, the last group is not `}`. So one pass over the text is enough. */
const reference = /(\$?)\$\{(env|file):((?:[^$}]|\$(?!\{))*)(\}?)/g;
/** Limit of all expanded text of a manifest, in UTF-16 units. */
const MOST_EXPANDED = 4 * 2 ** 20;

/**
 * Expands `${env:NAME}`, `${env:NAME:-default}` (unset or empty) and `${file:PATH}` (one newline at its end is cut off) in every string
 * value. `$${env:NAME}` stands for itself. A reference that can't be expanded stays as it is and is listed.
 */
export function expand(tree: unknown, sources: ExpansionSources): Expansion {
  const expanded = new Map<string, ExpandedValue>();
  const missing: MissingReference[] = [];
  const found = finder(sources);
  let left = MOST_EXPANDED;
  const expandText = (text: string, path: TomlPath): string => {
    const from: string[] = [];
    let secret = false;
    const result = text.replaceAll(
      reference,
      (whole: string, escaped: string, kind: string, rest: string, end: string) => {
        if (escaped !== '') return whole.slice(1);
        const value = left < 0 ? tooMuch : end === '' ? open : found(kind, rest);
        if ('message' in value) {
          missing.push({ path, ...value });
          return whole;
        }
        left -= value.value.length;
        if (left < 0) missing.push({ path, ...tooMuch });
        from.push(`${kind}:${value.name}`);
        secret ||= kind === 'file' || isSecretKey(value.name);
        return value.value;
      },
    );
    if (from.length > 0) expanded.set(formatPath(path), { from, secret });
    return result;
  };
  return { tree: mapStrings(tree, [], expandText), expanded, missing };
}

type Found = { readonly name: string; readonly value: string } | { readonly message: string; readonly fix: string };

const tooMuch = {
  message: `brings the expanded text of the manifest to more than ${MOST_EXPANDED / 2 ** 20} MiB`,
  fix: 'put less into the manifest: components can read files (allow.files)',
};
const open = {
  message: 'has a reference without an end, or with another reference inside it',
  fix: 'write ${env:NAME} or ${env:NAME:-default} without a reference in the default; $${ stands for ${ itself',
};

/** Looks each reference up once, however often it is written. */
function finder(sources: ExpansionSources): (kind: string, rest: string) => Found {
  const known = new Map<string, Found>();
  return (kind, rest) => {
    const key = `${kind}:${rest}`;
    const found = known.get(key) ?? (kind === 'env' ? fromEnv(rest, sources) : fromFile(rest, sources));
    known.set(key, found);
    return found;
  };
}

function fromEnv(text: string, { env }: ExpansionSources): Found {
  const [, name = '', fallback] = /^(.*?)(?::-(.*))?$/s.exec(text) ?? [];
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    return {
      message: `has a reference to '${name}', which is not a valid variable name`,
      fix: 'write ${env:NAME}',
    };
  }
  const value = env[name];
  if (fallback !== undefined && !value) return { name: `${name} (not set)`, value: fallback };
  if (value !== undefined) return { name, value };
  return {
    message: `needs the environment variable ${name}, which is not set`,
    fix: `set ${name}, or give a default: \${env:${name}:-default}`,
  };
}

function fromFile(path: string, { readFile }: ExpansionSources): Found {
  try {
    return { name: path, value: readFile(path).replace(/\r?\n$/, '') };
  } catch (thrown) {
    return {
      message: `needs the file ${path}, which can't be read: ${fileTrouble(thrown)}`,
      fix: `create ${path}, or correct the path`,
    };
  }
}

function mapStrings(value: unknown, path: TomlPath, map: (text: string, path: TomlPath) => string): unknown {
  if (typeof value === 'string') return map(value, path);
  if (Array.isArray(value)) return value.map((each, index) => mapStrings(each, [...path, index], map));
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapStrings(each, [...path, key], map)]));
}
