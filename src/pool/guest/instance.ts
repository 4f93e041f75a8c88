import type { Component } from '../../component/component.ts';
import type { GlueBoundary, InstantiateCore } from '../../component/glue-boundary.ts';
import type { Answer, Contract } from '../../contract/contract.ts';
import type { Occupancy } from './occupancy.ts';
import type { Run } from './run.ts';

/** What a component's generated module exports. */
export interface Glue {
  /** Synchronous when both functions are. Throws what the guest's start code throws. */
  instantiate(
    coreModule: (name: string) => WebAssembly.Module,
    imports: Readonly<Record<string, object>>,
    instantiateCore: InstantiateCore,
  ): Readonly<Record<string, unknown>>;
}

/** One instantiation of a component. It runs one call at a time: that is the component model's rule for synchronous exports. */
export class Instance {
  readonly occupancy: Occupancy;
  readonly #export: ReturnType<Contract['bind']>;
  /** Events that were handed to it. */
  events = 0;
  readonly #memories: readonly GrowingMemory[];

  /** Runs the guest's start code, and throws what that throws. */
  constructor(
    glue: Glue,
    { modules, entry }: Component,
    imports: Readonly<Record<string, object>>,
    contract: Contract,
    occupancy: Occupancy,
    boundary: GlueBoundary,
  ) {
    const memories: GrowingMemory[] = [];
    const exports = glue.instantiate(
      (name) => moduleNamed(modules, name),
      imports,
      boundary.instantiateCore((core) => {
        for (const memory of Object.values(core.exports)) {
          if (memory instanceof WebAssembly.Memory) memories.push({ memory, startBytes: memory.buffer.byteLength });
        }
      }),
    );
    this.#export = contract.bind(exports[entry]);
    this.occupancy = occupancy;
    this.#memories = memories;
  }

  /** Whether a call takes several events. */
  get takesMany(): boolean {
    return 'many' in this.#export;
  }

  /** Enters the guest. A promise only when the component suspends; throws, or rejects, what contracts do. */
  call(run: Run): Answer | readonly Answer[] | Promise<Answer | readonly Answer[]> {
    run.instance = this;
    this.occupancy.run = run;
    this.events += run.count;
    return 'one' in this.#export ? this.#export.one(run.event) : this.#export.many(run.events);
  }

  /** Whether a memory that has grown can grow no more. Tries it, so ask only when the instance is not used again. */
  memoryIsFull(): boolean {
    return this.#memories.some(({ memory, startBytes }) => memory.buffer.byteLength > startBytes && !canGrow(memory));
  }
}

interface GrowingMemory {
  readonly memory: WebAssembly.Memory;
  readonly startBytes: number;
}

function canGrow(memory: WebAssembly.Memory): boolean {
  try {
    memory.grow(1);
    return true;
  } catch {
    return false;
  }
}

function moduleNamed(modules: ReadonlyMap<string, WebAssembly.Module>, name: string): WebAssembly.Module {
  const found = modules.get(name);
  if (found === undefined) throw new TypeError(`the component has no core module ${name}`);
  return found;
}
