import { LONGEST_NAME, shortened } from '../bounded-text.ts';
import { functionsIn, outsideOf } from './wit/outside-of.ts';
import { unnamed, type WitCase, type WitFunction, type WitType } from './wit/wit-type.ts';

/** An import that Sluice does not provide: it links, and every call of it fails. */
export interface StubbedImport {
  readonly functions: readonly StubbedFunction[];
  /** Resources, without their package: `client`. */
  readonly resources: readonly string[];
}

export interface StubbedFunction {
  /** As in WIT: `send`, `[static]client.connect`. */
  readonly name: string;
  /** The error of its `result`, in the form of generated code. Absent: no error fits, and a call traps. */
  readonly denial?: { readonly payload: unknown };
  /** Which arguments are resources that the caller gives away. */
  readonly owned: readonly number[];
}

/** The stub for each of these imports of a component. */
export function stubsFor(component: Uint8Array, names: readonly string[]): Readonly<Record<string, StubbedImport>> {
  if (names.length === 0) return {};
  const { imports } = outsideOf(component);
  return Object.fromEntries(names.map((name) => [name, stubOf(name, imports.get(name))]));
}

/** The message of a call, for the guest and the log. The name is the component's own text. */
export function notProvided(importName: string): string {
  return `the component called ${shortened(importName, LONGEST_NAME)}, which Sluice does not provide`;
}

function stubOf(importName: string, type: WitType = { kind: 'unknown' }): StubbedImport {
  const functions = [...functionsIn(importName, type)].flatMap(([name, each]) =>
    each.kind === 'function' ? stubbed(importName, name, each) : [],
  );
  const exports = type.kind === 'interface' ? [...type.exports] : [];
  return { functions, resources: exports.flatMap(([name, each]) => (each.kind === 'resource' ? name : [])) };
}

function stubbed(importName: string, name: string, { params, result }: WitFunction): StubbedFunction {
  const denial = result && denialBy(unnamed(result), notProvided(importName));
  const owned = params.flatMap(({ type }, n) => (type && unnamed(type).kind === 'own' ? n : []));
  return { name, ...(denial && { denial }), owned };
}

/** Error cases that mean `not allowed` or `not there`, in WIT's spelling. */
const DENIED =
  /(?:^|-)(?:denied|forbidden|unauthorized|not-permitted|not-supported|unsupported|not-implemented)$|^access$/;
/** Error cases for any other failure. */
const OTHER = /^(?:other|unknown|unexpected|internal(?:-error)?|io|upstream|generic|custom|message|error)$/;

function denialBy(type: WitType, text: string): StubbedFunction['denial'] {
  if (type.kind !== 'result') return undefined;
  if (type.err === undefined) return { payload: undefined };
  const err = unnamed(type.err);
  if (err.kind === 'primitive' && err.name === 'string') return { payload: text };
  if (err.kind !== 'enum' && err.kind !== 'variant') return undefined;
  for (const fits of [DENIED, OTHER]) {
    for (const each of err.cases) {
      const value = fits.test(each.name.toLowerCase()) ? caseWith(each, text) : undefined;
      if (value !== undefined) return { payload: err.kind === 'enum' ? each.name : value };
    }
  }
  return undefined;
}

/** The case in the form of generated code; `undefined` unless its payload is text or absent. */
function caseWith({ name, type }: WitCase, text: string): object | undefined {
  if (type === undefined) return { tag: name };
  const held = unnamed(type);
  if (held.kind === 'option') return { tag: name, val: undefined };
  return held.kind === 'primitive' && held.name === 'string' ? { tag: name, val: text } : undefined;
}
