/** The way to a value in a TOML document: keys of tables, and indexes of arrays from 0. */
export type TomlPath = readonly (string | number)[];

/** A path as text, unambiguous: `trigger.queue[0].retry.first`, `trigger."@acme/sqs"[0]`. The document itself is ``. */
export function formatPath(path: TomlPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? formatKey(step) : `${text}.${formatKey(step)}`;
  }, '');
}

/** A key as TOML writes it: bare where that is possible. */
export function formatKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

/** A table of a parsed TOML document. Dates are no tables. */
export type TomlTable = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The value at a path, or `undefined`. */
export function valueAt(document: unknown, path: TomlPath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
    return isTable(value) ? value[step] : undefined;
  }, document);
}

/** Every value that is neither table nor array, with its path. */
export function* leavesOf(value: unknown, path: TomlPath = []): Generator<readonly [TomlPath, unknown]> {
  if (Array.isArray(value)) for (const [index, each] of value.entries()) yield* leavesOf(each, [...path, index]);
  else if (isTable(value)) for (const [key, each] of Object.entries(value)) yield* leavesOf(each, [...path, key]);
  else yield [path, value];
}

/** The table under a key, or an empty one. */
export function tableAt(table: TomlTable, key: string): TomlTable {
  const value = table[key];
  return isTable(value) ? value : {};
}

/** The tables under a key, by name; other values are left out. */
export function tablesAt(table: TomlTable, key: string): readonly (readonly [string, TomlTable])[] {
  return Object.entries(tableAt(table, key)).filter((entry): entry is [string, TomlTable] => isTable(entry[1]));
}
