/** How the transpiler's code names what WIT calls `name`: `get-all` is `getAll`. */
export function generatedName(name: string): string {
  return name.toLowerCase().replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The same of a resource: `key-value` is `KeyValue`. */
export function generatedClass(name: string): string {
  return generatedName(`-${name}`);
}
