import type { Component } from '../../component/component.ts';
import type { GlueBoundary, InstantiateCore } from '../../component/glue/glue-boundary.ts';
import { generatedName } from '../../component/glue/glue-names.ts';
import type { Contract, Hosts } from '../../contract/contract.ts';
import type { Ending } from '../wire/outcome-batch.ts';
import { CoreInstances, DirectCall } from './direct/direct-call.ts';
import { GlueTask } from './direct/glue-task.ts';
import type { FirstState } from './first-state.ts';
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

/** Which call runs on an instance, and what to do when it ends. Host functions have it before the instance exists. */
export class Occupancy {
  run: Run | undefined;
  #discarded = false;
  #afterCall: (() => void)[] = [];
  readonly #atDiscard: (() => void)[] = [];

  get discarded(): boolean {
    return this.#discarded;
  }

  /** See GuestHost.afterCall. */
  afterCall(step: () => void): void {
    this.#afterCall.push(step);
  }

  /** See GuestHost.atDiscard. */
  atDiscard(step: () => void): void {
    this.#atDiscard.push(step);
  }

  /** The call has ended; what the steps log still belongs to it. */
  callEnded(): void {
    if (this.#afterCall.length > 0) {
      const steps = this.#afterCall;
      this.#afterCall = [];
      for (const step of steps) step();
    }
    this.run = undefined;
  }

  discard(): void {
    this.#discarded = true;
    for (const step of this.#atDiscard.splice(0)) step();
  }
}

/** One instantiation of a component. It runs one call at a time: that is the component model's rule for synchronous exports. */
export class Instance {
  readonly occupancy: Occupancy;
  /** Absent: the generated code is not used. */
  readonly #export: ReturnType<Contract['bind']> | undefined;
  readonly #direct: DirectCall | undefined;
  readonly #task: GlueTask | undefined;
  /** Events that were handed to it. */
  events = 0;
  /** What it is reset to between events. Absent: it can't be reset. */
  firstState: FirstState | undefined;
  readonly #memories: readonly GrowingMemory[];
  /** A call has begun and not ended in an answer. After a trap it stays set, on either call path. */
  #entered = false;

  /** Runs the guest's start code, and throws what that throws. `outputBytes`: what the messages for one event may weigh together. */
  constructor(
    glue: Glue,
    { modules, entry, direct, plain }: Component,
    imports: Readonly<Record<string, object>>,
    contract: Contract,
    hosts: Hosts,
    occupancy: Occupancy,
    boundary: GlueBoundary,
    outputBytes: number,
  ) {
    const memories: GrowingMemory[] = [];
    const cores = new CoreInstances();
    const instantiateCore = boundary.instantiateCore((core, coreImports) => {
      cores.add(core, coreImports);
      for (const memory of Object.values(core.exports)) {
        if (memory instanceof WebAssembly.Memory) memories.push({ memory, startBytes: memory.buffer.byteLength });
      }
    });
    if (direct !== undefined && plain === true) for (const module of modules.values()) instantiateCore(module);
    else {
      const exports = glue.instantiate((name) => moduleNamed(modules, name), imports, instantiateCore);
      this.#export = contract.bind(exports[entry] ?? exports[generatedName(entry)], hosts);
    }
    this.#direct = direct && new DirectCall(direct, cores, boundary, outputBytes);
    // Generated code between the guest and an import, or between two of its parts, may need a task of its own.
    this.#task = this.#export && direct?.inTask === true && cores.callGlue ? new GlueTask(this.#export) : undefined;
    this.occupancy = occupancy;
    this.#memories = memories;
  }

  /** Whether a call takes several events. */
  get takesMany(): boolean {
    return this.#export === undefined ? this.#direct?.takesMany === true : 'many' in this.#export;
  }

  /** Enters the guest. A promise only when the component suspends; throws, or rejects, what contracts do. */
  call(run: Run): Ending | readonly Ending[] | Promise<Ending | readonly Ending[]> {
    if (this.#entered) throw new TypeError('an instance that runs a call, or whose last one failed, cannot be entered');
    this.#entered = true;
    this.occupancy.run = run;
    this.events += run.count;
    const answers = this.#answersTo(run);
    if (answers instanceof Promise) return answers.then((answers) => this.#left(answers));
    return this.#left(answers);
  }

  #answersTo(run: Run): ReturnType<Instance['call']> {
    const direct = this.#direct;
    if (direct === undefined) return glued(this.#export!, run);
    const { batch } = run.arrival;
    if (this.#task === undefined) return direct.run(batch, run.index, run.count);
    // What waits has no task.
    return this.#task.run(() => direct.run(batch, run.index, run.count));
  }

  #left(answers: Ending | readonly Ending[]): Ending | readonly Ending[] {
    this.#entered = false;
    return answers;
  }

  /** Whether a memory that has grown can't grow any more. Tries it, so call this only if the instance is not used again. */
  memoryIsFull(): boolean {
    return this.#memories.some(({ memory, startBytes }) => memory.buffer.byteLength > startBytes && !canGrow(memory));
  }
}

function glued(bound: ReturnType<Contract['bind']>, run: Run): ReturnType<Instance['call']> {
  return 'one' in bound ? bound.one(run.event) : bound.many(run.events);
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
