import type { CoreObserver } from '../../component/glue/glue-boundary.ts';
import { STATE_EXPORT } from '../../component/core/state-exports.ts';

/** Pieces in which a memory is compared, in bytes. Pages that nobody wrote to are not written to either, so they take no memory. */
const PIECE_BYTES = 16 * 1024;

/**
 * An import that may wait. Where calls don't suspend, V8 throws before it begins, so it leaves nothing behind:
 * https://webassembly.github.io/js-promise-integration/js-api/
 */
const { Suspending } = WebAssembly as unknown as {
  readonly Suspending: new (wait: () => unknown) => WebAssembly.ImportValue;
};

/** What the memories and mutable globals of an instance hold before its first call. */
export interface Snapshot {
  readonly memories: readonly Buffer[];
  readonly globals: readonly unknown[];
}

/**
 * The first state of one instance: what its core instances are when its start code has run and nothing was handed to it. Only memories and
 * mutable globals are set back. Nothing else has changed in an instance that may be reset, since
 *
 * - its core modules have no instruction that changes a table or drops a segment, no other mutable globals, and no storage that is not theirs
 *   (`Component.resettable`, and `#isBeyondReach`);
 * - it was lent no resource (`KnownContract.lends`), and has called no function of the host or of the generated code (`#hasLeft`): no handle,
 *   file, timer or task is left of it;
 * - its memories have not grown: a memory does not shrink.
 */
export class FirstState implements CoreObserver {
  readonly #memories = new Set<WebAssembly.Memory>();
  readonly #globals = new Set<WebAssembly.Global>();
  /** What the core instances export; they may use each other's exports. */
  readonly #own = new Set<unknown>();
  #isBeyondReach = false;
  #hasLeft = false;
  #first: Snapshot | undefined;
  #bytes: Buffer[] = [];

  given(imports: WebAssembly.Imports): WebAssembly.Imports {
    return Object.fromEntries(
      Object.entries(imports).map(([from, values]) => [
        from,
        Object.fromEntries(Object.entries(values).map(([name, value]) => [name, this.#givenFor(value)])),
      ]),
    );
  }

  made(core: WebAssembly.Instance): void {
    for (const [name, value] of Object.entries(core.exports)) {
      this.#own.add(value);
      if (!name.startsWith(STATE_EXPORT)) continue;
      if (value instanceof WebAssembly.Memory) this.#memories.add(value);
      if (value instanceof WebAssembly.Global) this.#globals.add(value);
    }
  }

  #givenFor(value: WebAssembly.ImportValue): WebAssembly.ImportValue {
    if (this.#own.has(value)) return value;
    // A guest may call it with any arguments.
    if (typeof value === 'function') return this.#noting(value as (...values: unknown[]) => unknown);
    // Generated code has globals that its adapters between components share.
    if (value instanceof WebAssembly.Global) {
      if (isMutable(value)) this.#globals.add(value);
    } else if (!(value instanceof Suspending)) this.#isBeyondReach = true;
    return value;
  }

  #noting(leave: (...values: unknown[]) => unknown): (...values: unknown[]) => unknown {
    return (...values) => {
      this.#hasLeft = true;
      return leave(...values);
    };
  }

  /** To be taken when the start code has run. `undefined` if the instance can't be reset. */
  snapshot(): Snapshot | undefined {
    const globals = Array.from(this.#globals, ({ value }): unknown => value);
    // Which NaN it is can't be seen from here, but a guest can see it.
    if (this.#isBeyondReach || this.#hasLeft || globals.some(Number.isNaN)) return undefined;
    return { memories: Array.from(this.#memories, ({ buffer }) => Buffer.from(buffer.slice())), globals };
  }

  /** Whether this instance has begun in that state, to which it is reset from now on. */
  beginsAs(first: Snapshot): boolean {
    if (this.#isBeyondReach) return false;
    this.#first = first;
    this.#bytes = Array.from(this.#memories, ({ buffer }) => Buffer.from(buffer));
    return this.isWithinReach && this.#is(first);
  }

  /** Whether `reset` would bring it back: not once it has called an import or its memory has grown. */
  get isWithinReach(): boolean {
    const { memories = [] } = this.#first ?? {};
    return (
      !this.#hasLeft && Array.from(this.#memories).every(({ buffer }, n) => buffer.byteLength === memories[n]?.length)
    );
  }

  /** Resets the instance to its first state; `false`: it can't be reset, and must not be used again. */
  reset(): boolean {
    const first = this.#first;
    if (first === undefined || !this.isWithinReach) return false;
    let n = 0;
    for (const { buffer } of this.#memories) {
      // Growing by nothing detaches a buffer, too.
      if (this.#bytes[n]!.buffer !== buffer) this.#bytes[n] = Buffer.from(buffer);
      setBack(this.#bytes[n]!, first.memories[n]!);
      n += 1;
    }
    n = 0;
    for (const global of this.#globals) {
      const value = first.globals[n++];
      if (!Object.is(global.value, value)) global.value = value;
    }
    return true;
  }

  #is({ memories, globals }: Snapshot): boolean {
    return (
      memories.length === this.#memories.size &&
      globals.length === this.#globals.size &&
      memories.every((memory, n) => this.#bytes[n]?.equals(memory)) &&
      Array.from(this.#globals).every(({ value }, n) => Object.is(value, globals[n]))
    );
  }
}

function isMutable(global: WebAssembly.Global): boolean {
  const { value } = global;
  try {
    global.value = value;
    return true;
  } catch {
    return false;
  }
}

function setBack(bytes: Buffer, first: Buffer): void {
  for (let at = 0; at < first.length; at += PIECE_BYTES) {
    const end = Math.min(at + PIECE_BYTES, first.length);
    if (bytes.compare(first, at, end, at, end) !== 0) bytes.set(first.subarray(at, end), at);
  }
}
