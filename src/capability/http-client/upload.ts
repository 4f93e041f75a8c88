import type { Operations } from './operations.ts';

/** The body of a request on its way: the guest's half gives a piece when the one before was passed on. */
export class Upload {
  readonly #start: Uint8Array | undefined;
  #piece:
    | { readonly bytes: Uint8Array; readonly passedOn: (answer: Operations['write']['answer']) => void }
    | undefined;
  #state: 'open' | 'finished' | 'over' = 'open';
  #wake: () => void = () => {};

  constructor(start: Uint8Array | undefined) {
    this.#start = start;
  }

  /** Resolves when it was passed on, or nobody takes more. Throws if another one is on its way. */
  write(bytes: Uint8Array): Promise<Operations['write']['answer']> {
    if (this.#piece !== undefined) throw new TypeError('a piece of the body is still on its way');
    if (this.#state !== 'open') return Promise.resolve({ kind: 'over' });
    return new Promise((resolve) => {
      this.#piece = { bytes, passedOn: resolve };
      this.#wake();
    });
  }

  finish(): void {
    if (this.#state === 'open') this.#state = 'finished';
    this.#wake();
  }

  /** Nobody takes more. */
  end(): void {
    this.#state = 'over';
    this.#piece?.passedOn({ kind: 'over' });
    this.#piece = undefined;
    this.#wake();
  }

  #checkNotOver(): void {
    if (this.#state === 'over') throw new Error('the body was given up');
  }

  /** Throws when it ends before it is whole, so that nobody takes it for a whole one. */
  async *pieces(): AsyncGenerator<Uint8Array, void> {
    try {
      if (this.#start !== undefined) yield this.#start;
      for (;;) {
        while (this.#state === 'open' && this.#piece === undefined)
          await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#checkNotOver();
        const piece = this.#piece;
        if (piece === undefined) return;
        yield piece.bytes;
        this.#piece = undefined;
        piece.passedOn({ kind: 'written' });
      }
    } finally {
      this.end();
    }
  }
}
