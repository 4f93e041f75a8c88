import { TaskContext } from './task-context.ts';

/** A guest handed over more than it may, in one call of an import or in its answer. */
export class OutputTooLarge extends Error {
  override readonly name = 'OutputTooLarge';
}

/** A guest handed over a value that the canonical ABI forbids: a misaligned pointer, text that is not UTF-8, an unknown handle. */
export class MalformedValue extends Error {
  override readonly name = 'MalformedValue';
}

/** A guest called an import where that is forbidden: in its allocator, in its post-return function or (an import that waits) in its start code. */
export class MayNotLeave extends Error {
  override readonly name = 'MayNotLeave';
}

/** The overhead on the host of a string and of a list item, in bytes: ten million empty ones still take memory. */
const STRING_BYTES = 32;
const ITEM_BYTES = 64;

/** Through this, generated code instantiates core modules and finds its boundary. */
export type InstantiateCore = ((module: WebAssembly.Module, imports?: WebAssembly.Imports) => WebAssembly.Instance) & {
  readonly boundary: GlueBoundary;
};

// Node has it, but its types lack it: https://github.com/WebAssembly/js-promise-integration
const { promising } = WebAssembly as unknown as {
  readonly promising: <Args extends unknown[]>(call: (...args: Args) => number) => (...args: Args) => Promise<number>;
};

/** Observes the creation of the core instances of one component instance. */
export interface CoreObserver {
  /** Replaces the imports that generated code gives to a core module. */
  given(imports: WebAssembly.Imports): WebAssembly.Imports;
  made(core: WebAssembly.Instance): void;
}

type Realloc = (old: number, had: number, align: number, size: number) => number;

/**
 * The checks that generated code calls while values cross to and from one instance (guardedGlue adds the calls). Rules of
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md
 *
 * Values are copied out of a guest's memory before any host function sees them, and many values may point to the same bytes: an answer of
 * 50 MB could grow to any size when it is lifted. So lifted bytes are counted, from one call of an import to the next.
 */
export class GlueBoundary {
  readonly #mostBytes: number;
  readonly #observer: CoreObserver | undefined;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #utf16 = new TextDecoder('utf-16', { fatal: true, ignoreBOM: true });
  #lifted = 0;
  /** What the guest does now, if it must not call imports. */
  #closed: string | undefined;
  /** Whether the guest was entered so that its imports may wait. */
  #mayWait = false;
  /** For code without tasks: see tasklessGlue. */
  readonly context = new TaskContext();

  /** `mostBytes`: limit of the bytes that are lifted at once. */
  constructor(mostBytes: number, observer?: CoreObserver) {
    this.#mostBytes = mostBytes;
    this.#observer = observer;
  }

  /** For `instantiate` of the generated code. `made` is called with each core instance and its imports. */
  instantiateCore(
    made: (core: WebAssembly.Instance, imports: WebAssembly.Imports | undefined) => void = () => {},
  ): InstantiateCore {
    const observer = this.#observer;
    // Generated code gives nothing to a module that imports nothing.
    const instantiate = (module: WebAssembly.Module, imports?: WebAssembly.Imports): WebAssembly.Instance => {
      const core = new WebAssembly.Instance(module, imports && (observer?.given(imports) ?? imports));
      observer?.made(core);
      made(core, imports);
      return core;
    };
    return Object.assign(instantiate, { boundary: this });
  }

  /** Replaces the decoders in the generated code. Throws OutputTooLarge or MalformedValue. */
  readonly utf8 = { decode: (bytes: ArrayBufferView<ArrayBuffer>): string => this.#text(this.#utf8, bytes) };
  readonly utf16 = { decode: (bytes: ArrayBufferView<ArrayBuffer>): string => this.#text(this.#utf16, bytes) };

  /** Replaces the encoder. */
  readonly encoder = { encode: (text: string) => encoder.encode(text), encodeInto };

  /** Called before a list of that many items is lifted. Throws OutputTooLarge. */
  list(items: number): void {
    this.#lift(items * ITEM_BYTES);
  }

  /** Called when the guest calls an import. Throws MayNotLeave. */
  crossing(): void {
    if (this.#closed !== undefined) throw new MayNotLeave(`an import was called while the component ${this.#closed}`);
    this.#lifted = 0;
  }

  /** Wraps a core export through which the guest is entered and may be suspended: its answer comes later. */
  promising<Args extends unknown[]>(call: (...args: Args) => number): (...args: Args) => Promise<number> {
    const promised = promising(call);
    return (...args) => {
      this.#mayWait = true;
      return promised(...args);
    };
  }

  /** Wraps an import that suspends the guest, for WebAssembly.Suspending. Throws MayNotLeave. */
  waiting<Args extends unknown[]>(call: (...args: Args) => Promise<unknown>): (...args: Args) => Promise<unknown> {
    return (...args) => {
      this.crossing();
      if (!this.#mayWait) throw new MayNotLeave('an import that waits was called while the component was instantiated');
      const pending = call(...args);
      // If V8 can't suspend the guest, nothing awaits this promise, and its rejection would be unhandled.
      pending.catch(() => {});
      return pending;
    };
  }

  /** Called with the address of the guest's answer before it is lifted. Throws MalformedValue. */
  answer(pointer: number, bytes: number): number {
    this.#lifted = 0;
    return this.aligned(pointer, bytes);
  }

  /** The pointer, if it is aligned. Throws MalformedValue. */
  aligned(pointer: number, bytes: number): number {
    if (pointer % bytes !== 0) throw new MalformedValue(`the pointer ${pointer >>> 0} is not aligned to ${bytes}`);
    return pointer;
  }

  /** The guest passed a handle that names none of its resources of that class. Throws MalformedValue. */
  unknownHandle(className: string): never {
    throw new MalformedValue(`a handle names no ${className}: it was dropped, or never given`);
  }

  /** Wraps the guest's allocator, which may call no import and must return the requested alignment. */
  allocator(realloc: Realloc): Realloc {
    return (old, had, align, size) => {
      this.#closed = 'allocated memory for the host';
      const pointer = realloc(old, had, align, size);
      // Not after a trap: the instance is not used again then.
      this.#closed = undefined;
      return this.aligned(pointer, align) >>> 0;
    };
  }

  /** Wraps the guest's post-return function, which may call no import either. */
  postReturn(free: (answer: number) => void): (answer: number) => void {
    return (answer) => {
      this.#closed = 'freed its answer';
      free(answer);
      this.#closed = undefined;
    };
  }

  #text(decoder: TextDecoder, bytes: ArrayBufferView<ArrayBuffer>): string {
    this.#lift(bytes.byteLength + STRING_BYTES);
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new MalformedValue('text is not well-formed Unicode', { cause });
    }
  }

  #lift(bytes: number): void {
    this.#lifted += bytes;
    if (this.#lifted > this.#mostBytes)
      throw new OutputTooLarge(`values of more than ${this.#mostBytes} bytes were handed over at once`);
  }
}

const encoder = new TextEncoder();

/**
 * Like TextEncoder's. Node's own (seen in 26.10) drops the last character of one text in half a million, at about a thousand characters, if the room
 * is exactly as large as the text.
 */
function encodeInto(text: string, room: Uint8Array<ArrayBuffer>): { readonly read: number; readonly written: number } {
  const done = encoder.encodeInto(text, room);
  if (done.read === text.length) return done;
  const bytes = encoder.encode(text);
  if (bytes.length > room.length) return done;
  room.set(bytes);
  return { read: text.length, written: bytes.length };
}
