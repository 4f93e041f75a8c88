import type { GenerateOptions } from '@bytecodealliance/jco-transpile/component';
import type { ComponentOutline } from '../component-outline.ts';
import type { CoreModule } from '../core/memory-limit.ts';
import { reasonOf } from '../../errors.ts';

/**
 * Whether Sluice provides an import, and which of its functions suspend (`[method]pollable.block`) in a component with that outline, or in
 * any. `withheld`: the key of the manifest without which every call of it fails. `undefined`: it is not provided.
 */
export type Provides = (
  importName: string,
  outline?: ComponentOutline,
) => { readonly suspends: readonly string[]; readonly withheld?: string } | undefined;

/** Options of the transpiler. */
export type TranspilePlan = Readonly<GenerateOptions>;

/** The stem of the generated files' names. */
export const GENERATED_NAME = 'component';

/**
 * The options for a component whose events reach it through `entryFunction` (`sluice:event/handler@0.1.0#handle`). The generated code depends
 * only on these, the component and the transpiler, so they are part of the cache's key.
 */
export function planFor(
  outline: ComponentOutline,
  provides: Provides,
  entryFunction: string | undefined,
): TranspilePlan {
  // A suspending function that is never called must not slow down the component's calls.
  const asyncImports = outline.imports.flatMap((name) =>
    (provides(name, outline)?.suspends ?? [])
      .filter((call) => outline.called.has(call))
      .map((call) => `${name}#${call}`),
  );
  const suspends = asyncImports.length > 0 && entryFunction !== undefined;
  return {
    name: GENERATED_NAME,
    instantiation: { tag: 'async' },
    noTypescript: true,
    // The `err` of a result is thrown unchanged; contracts tell it from a trap by that.
    noComponentErrorWrapping: true,
    // V8 has them; otherwise the transpiler rewrites modules that use two.
    multiMemory: true,
    // Imports keep their full names: without versions, two versions of one interface would collide.
    map: outline.imports.map((name) => [name, name]),
    ...(suspends && { asyncMode: { tag: 'jspi', val: { imports: asyncImports, exports: [entryFunction] } } }),
  };
}

/** Whether calls may be left suspended. */
export function suspends(plan: TranspilePlan): boolean {
  return plan.asyncMode !== undefined;
}

/** A transpiled component: generated code, and the core modules that it instantiates. */
export interface Transpiled {
  /** Imports that the generated code takes, by full name; those that only hold types are not among them. */
  readonly imports: readonly string[];
  /** How often one instance of the component instantiates each core module. */
  readonly instances: Readonly<Record<string, number>>;
  /**
   * Why an instance can't be reset to its first state, because of something in a core module. Absent: it can, and each core module exports its
   * state (see withStateExported).
   */
  readonly lasting?: string;
  /** File name to content: the generated code as GLUE_FILE and TASKLESS_FILE, and core modules by the names that it asks for. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** The same for guests that are called directly: see tasklessGlue. Missing if imports need the tasks of generated code. */
export const TASKLESS_FILE = `${GENERATED_NAME}.taskless.mjs`;

/** `.mjs`, since no package.json beside it says how to read it. */
export const GLUE_FILE = `${GENERATED_NAME}.mjs`;

/** The core modules, by the names that the generated code asks for. */
export function coreModulesOf({ files, instances }: Transpiled): ReadonlyMap<string, CoreModule> {
  const modules = [...files].filter(([name]) => name !== GLUE_FILE && name !== TASKLESS_FILE);
  return new Map(modules.map(([name, bytes]) => [name, { bytes, instances: instances[name] ?? 0 }]));
}

/** Why a component was rejected, in one line. The transpiler throws objects whose payload is the text, with its causes indented below. */
export function transpileReason(thrown: unknown): string {
  const text = thrown instanceof Error && 'payload' in thrown ? String(thrown.payload) : reasonOf(thrown);
  return text
    .replace(/\s+/g, ' ')
    .replace(/ ?Caused by: ?/g, ': ')
    .trim();
}
