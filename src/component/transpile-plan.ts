import type { transpileBytes } from '@bytecodealliance/jco-transpile';
import type { ComponentOutline } from './component-outline.ts';

/**
 * Whether Sluice provides an import, and which of its functions suspend (`[method]pollable.block`) in a component with that outline, or in
 * any. `undefined`: it doesn't.
 */
export type Provides = (
  importName: string,
  outline?: ComponentOutline,
) => { readonly suspends: readonly string[] } | undefined;

/** Options of the transpiler. */
export type TranspilePlan = NonNullable<Parameters<typeof transpileBytes>[1]>;

/** Generated files are called after it. */
export const GENERATED_NAME = 'component';

/**
 * How a component whose events reach it through `entryFunction` (`sluice:event/handler@0.1.0#handle`) is transpiled. Beside the component
 * and the transpiler, the generated code depends on nothing else, so the cache's key is made of it.
 */
export function planFor(
  outline: ComponentOutline,
  provides: Provides,
  entryFunction: string | undefined,
): TranspilePlan {
  // A suspending function that is never called must not cost the component its fast calls.
  const asyncImports = outline.imports.flatMap((name) =>
    (provides(name, outline)?.suspends ?? [])
      .filter((call) => outline.called.has(call))
      .map((call) => `${name}#${call}`),
  );
  const suspends = asyncImports.length > 0 && entryFunction !== undefined;
  return {
    name: GENERATED_NAME,
    instantiation: 'async',
    wasiShim: false,
    emitTypescriptDeclarations: false,
    // The `err` of a result is thrown as it is: contracts tell it from a trap by that.
    noComponentErrorWrapping: true,
    // V8 has them; otherwise the transpiler rewrites modules that use two.
    multiMemory: true,
    // Imports keep their full names: without their versions, two of one interface would collide.
    map: Object.fromEntries(outline.imports.map((name) => [name, name])),
    ...(suspends && { asyncMode: 'jspi', asyncImports, asyncExports: [entryFunction] }),
  };
}

/** Whether calls may be left suspended. */
export function suspends(plan: TranspilePlan): boolean {
  return plan.asyncMode !== undefined;
}
