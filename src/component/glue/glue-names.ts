/**
 * Names that must not reach generated code. The transpiler puts the names of core imports and exports between single quotes as they are
 * (jco-transpile 0.15.0), so a quote, a backslash or a line end in one would run as JavaScript outside the sandbox.
 */
const BREAKS_A_STRING = /['"`\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** As a key of an object, an assignment to it sets the prototype instead. */
const PROTOTYPE = '__proto__';

/** A plain name of WIT: words of letters and digits, joined by dashes. */
const LABEL = '[a-zA-Z][a-zA-Z0-9]*(?:-[a-zA-Z0-9]+)*';
/** A plain name, or an interface with its package and version: `wasi:io/streams@0.2.6`. No URLs, hashes or version ranges. */
const WIT_NAME = new RegExp(`^(?:${LABEL}|${LABEL}:${LABEL}/${LABEL}(?:@[0-9A-Za-z.+-]+)?)$`);

/** Whether the transpiler may see a name of an import or export. Only names of WIT may pass; other forms are for other hosts. */
export function isWitName(name: string): boolean {
  return WIT_NAME.test(name);
}

/** The first name in a core module's imports and exports that must not reach generated code. */
export function unsafeNameIn(module: WebAssembly.Module): string | undefined {
  const names = [
    ...WebAssembly.Module.imports(module).flatMap((item) => [item.module, item.name]),
    ...WebAssembly.Module.exports(module).map((item) => item.name),
  ];
  return names.find((name) => name === PROTOTYPE || BREAKS_A_STRING.test(name));
}

/** The name in the transpiler's code for `name` in WIT: `get-all` becomes `getAll`. */
export function generatedName(name: string): string {
  return name.toLowerCase().replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The same for a resource: `key-value` becomes `KeyValue`. */
export function generatedClass(name: string): string {
  return generatedName(`-${name}`);
}
