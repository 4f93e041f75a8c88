import type { CoreModule } from './memory-limit.ts';
import { GENERATED_NAME } from './transpile-plan.ts';

/** A transpiled component: generated code, and the core modules that it instantiates. */
export interface Transpiled {
  /** Imports that the generated code takes, by full name; those that only hold types are not among them. */
  readonly imports: readonly string[];
  /** How often one instance of the component instantiates each core module. */
  readonly instances: Readonly<Record<string, number>>;
  /**
   * What in a core module makes that an instance can't be brought back to its first state. Absent: nothing does, and each core module exports
   * its state (see withStateExported).
   */
  readonly lasting?: string;
  /** File name to content: the generated code as GLUE_FILE and TASKLESS_FILE, and core modules by the names that it asks for. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** The same for guests that are called directly: see tasklessGlue. Not there where imports need the tasks of generated code. */
export const TASKLESS_FILE = `${GENERATED_NAME}.taskless.mjs`;

/** `.mjs`, since no package.json beside it says how to read it. */
export const GLUE_FILE = `${GENERATED_NAME}.mjs`;

/** The core modules, by the names that the generated code asks for. */
export function coreModulesOf({ files, instances }: Transpiled): ReadonlyMap<string, CoreModule> {
  const modules = [...files].filter(([name]) => name !== GLUE_FILE && name !== TASKLESS_FILE);
  return new Map(modules.map(([name, bytes]) => [name, { bytes, instances: instances[name] ?? 0 }]));
}
