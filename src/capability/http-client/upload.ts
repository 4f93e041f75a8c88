import type { Operations } from './operations.ts';

/** The body of a running request. The guest's half sends a piece when the previous one was passed on. */
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

  /** Resolves when the piece was passed on, or when no more is accepted. Throws while another piece is under way. */
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

  /** Ends the upload: no more is accepted. */
  end(): void {
    this.#state = 'over';
    this.#piece?.passedOn({ kind: 'over' });
    this.#piece = undefined;
    this.#wake();
  }

  #checkNotOver(): void {
    if (this.#state === 'over') throw new Error('the body was given up');
  }

  /** Throws if the body ends before it is complete, so that the server can't take it for a complete one. */
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
