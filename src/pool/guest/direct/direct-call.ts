import type { CoreExport, DirectEntry } from '../../../component/glue/direct-entry.ts';
import type { GlueBoundary } from '../../../component/glue/glue-boundary.ts';
import type { EventBatch } from '../../wire/event-batch.ts';
import type { Ending } from '../../wire/outcome-batch.ts';
import { GuestMemory, type Realloc } from './guest-memory.ts';
import { AnswerLifter } from './lift-answers.ts';
import { lowerEvents } from './lower-event.ts';

type Call = (address: number, count?: number) => number;
type PromisedCall = (address: number, count?: number) => Promise<number>;
type PostReturn = (address: number) => void;

/**
 * Calls a contract's core export without the generated code: writes events from their packed batch into the guest's memory, reads the answer
 * out of it, and calls the guest's `post-return`. Does to the guest exactly what the canonical ABI's `canon lift` does:
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#canon-lift
 */
export class DirectCall {
  readonly #call: Call | PromisedCall;
  readonly #boundary: GlueBoundary;
  readonly #postReturn: PostReturn | undefined;
  /** Whether the contract hands over several events. */
  readonly takesMany: boolean;
  readonly #guest: GuestMemory;
  readonly #lifter: AnswerLifter;

  /** `mostBytes`: what the messages for one event may weigh together. */
  constructor(entry: DirectEntry, { exports, callGlue }: CoreInstances, boundary: GlueBoundary, mostBytes: number) {
    const exported = ({ core, name }: CoreExport): unknown => exports[core]?.[name];
    // The component was validated: canonical options have these types.
    const realloc = exported(entry.realloc) as Realloc;
    const postReturn = entry.postReturn && (exported(entry.postReturn) as PostReturn);
    const call = exported(entry.call) as Call;
    this.#call = entry.waits ? boundary.promising(call) : call;
    this.#boundary = boundary;
    // A guest that can call no generated code needs no guards against that.
    this.#postReturn = postReturn && (callGlue ? boundary.postReturn(postReturn) : postReturn);
    this.takesMany = entry.takes === 'many';
    const memory = exported(entry.memory) as WebAssembly.Memory;
    this.#guest = new GuestMemory(memory, callGlue ? boundary.allocator(realloc) : realloc);
    this.#lifter = new AnswerLifter(this.#guest, mostBytes);
  }

  /**
   * Hands over `count` events of a batch: one, unless the contract takes many. A promise where the guest may be suspended. Throws, or rejects
   * with, what the guest throws, or a MalformedAnswer.
   */
  run(
    batch: EventBatch,
    index: number,
    count: number,
  ): Ending | readonly Ending[] | Promise<Ending | readonly Ending[]> {
    this.#boundary.context.begin();
    const events = lowerEvents(batch, index, count, this.#guest);
    const answer = this.takesMany ? this.#call(events, count) : this.#call(events);
    return typeof answer === 'number' ? this.#lift(answer, count) : answer.then((answer) => this.#lift(answer, count));
  }

  #lift(signed: number, count: number): Ending | readonly Ending[] {
    const answer = signed >>> 0;
    this.#guest.refresh();
    const lifted = this.takesMany ? this.#lifter.many(answer, count) : this.#lifter.one(answer);
    this.#postReturn?.(answer);
    return lifted;
  }
}

/** The core instances of one component instance, as the generated code has them made. */
export class CoreInstances {
  /** Of each, in the order in which they were made. */
  readonly exports: WebAssembly.Exports[] = [];
  /** Whether one of them may call generated code: an import of the component, or what its parts need to call each other. */
  callGlue = false;
  readonly #own = new Set<unknown>();

  /** To be called for each, in the order in which they are made, with its imports. */
  add(core: WebAssembly.Instance, imports: WebAssembly.Imports | undefined): void {
    for (const names of Object.values(imports ?? {})) {
      for (const value of Object.values(names)) if (this.#isGlue(value)) this.callGlue = true;
    }
    this.exports.push(core.exports);
    for (const value of Object.values(core.exports)) this.#own.add(value);
  }

  /** A value that no core instance exports, and that is not a memory, table or global, is a function of the generated code. */
  #isGlue(value: WebAssembly.ImportValue): boolean {
    if (this.#own.has(value)) return false;
    const isStorage =
      value instanceof WebAssembly.Memory || value instanceof WebAssembly.Table || value instanceof WebAssembly.Global;
    return !isStorage;
  }
}
