/** The way to a value in a TOML document: keys of tables, and indexes of arrays from 0. */
export type TomlPath = readonly (string | number)[];

/** As people write it, and unambiguous: `trigger.queue[0].retry.first`, `trigger."@acme/sqs"[0]`. The document itself is ``. */
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
