import type { Contract, GuestEvent } from '../../../contract/contract.ts';

/** Thrown to leave the generated code before it touches the guest. */
class Left extends Error {
  override readonly name = 'Left';
}
const LEFT = new Left();

/**
 * Runs direct calls inside a task of the generated code. Its functions between a guest and an import look up the task that the call belongs
 * to: outside of one, each import would begin a task that never ends, and search all those before it.
 *
 * The generated function is given an event whose first field is a getter (of a list of events, its length): that is read when the task
 * has begun and the guest was not touched yet. The getter makes the direct call, and leaves by a throw.
 */
export class GlueTask {
  readonly #enter: () => unknown;
  #step: (() => void) | undefined;

  constructor(bound: ReturnType<Contract['bind']>) {
    const step = (): never => {
      this.#step?.();
      throw LEFT;
    };
    // Neither is read any further.
    const event = Object.defineProperty({}, 'id', { get: step }) as GuestEvent;
    const events = Object.defineProperty({}, 'length', { get: step }) as readonly GuestEvent[];
    this.#enter = 'one' in bound ? () => bound.one(event) : () => bound.many(events);
  }

  /** What `call` returns; throws what it throws. */
  run<Result>(call: () => Result): Result {
    let done: { readonly result: Result } | undefined;
    this.#step = () => (done = { result: call() });
    try {
      this.#enter();
    } catch (thrown) {
      if (thrown !== LEFT) throw thrown;
    } finally {
      this.#step = undefined;
    }
    if (done === undefined) throw new TypeError('generated code did not read the event');
    return done.result;
  }
}
