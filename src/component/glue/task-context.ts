type Slots = [number, number];

/**
 * Two numbers that the canonical ABI keeps for a guest in each task: `context.get` and `context.set`. When one component inside a component
 * calls another, that call is a separate task.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#canon-contextget
 */
export class TaskContext {
  #slots: Slots = [0, 0];
  #callers: Slots[] = [];

  /** A call begins. */
  begin(): void {
    this.#slots = [0, 0];
    this.#callers = [];
  }

  /** One part of the component calls another. */
  readonly enter = (): void => {
    this.#callers.push(this.#slots);
    this.#slots = [0, 0];
  };

  /** The called part has answered. */
  readonly leave = (): void => {
    this.#slots = this.#callers.pop() ?? [0, 0];
  };

  reader(slot: 0 | 1): () => number {
    return () => this.#slots[slot];
  }

  writer(slot: 0 | 1): (value: number) => void {
    return (value) => {
      this.#slots[slot] = value;
    };
  }
}
