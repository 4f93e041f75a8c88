import { SluiceError } from '../../errors.ts';
import type { SharedChanged, SharedEntry, SharedStore } from '../shared-store.ts';

/** What several replicas share in a test: each has a connection of its own, which can be lost. */
export class MemoryBroker {
  readonly entries = new Map<string, SharedEntry>();
  readonly #watchers = new Map<SharedChanged, string>();
  #revision = 0;

  connect(): MemoryStore {
    return new MemoryStore(this);
  }

  put(key: string, value: Uint8Array): number {
    const entry = { value: value.slice(), revision: (this.#revision += 1) };
    this.entries.set(key, entry);
    this.#tell(key, entry);
    return entry.revision;
  }

  delete(key: string): void {
    this.#revision += 1;
    if (this.entries.delete(key)) this.#tell(key, undefined);
  }

  watch(prefix: string, changed: SharedChanged, signal: AbortSignal): void {
    for (const [key, entry] of this.entries) if (key.startsWith(prefix)) changed(key, entry);
    this.#watchers.set(changed, prefix);
    signal.addEventListener('abort', () => this.#watchers.delete(changed), { once: true });
  }

  #tell(key: string, entry: SharedEntry | undefined): void {
    for (const [changed, prefix] of this.#watchers) if (key.startsWith(prefix)) changed(key, entry);
  }
}

/** One replica's connection to a `MemoryBroker`. */
export class MemoryStore implements SharedStore {
  readonly #broker: MemoryBroker;
  #fate: 'whole' | 'away' | 'deaf' = 'whole';

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  /** Nothing gets through, until `heal`. */
  lose(): void {
    this.#fate = 'away';
  }

  /** Changes are made but their answers are lost, until `heal`. */
  loseAnswers(): void {
    this.#fate = 'deaf';
  }

  heal(): void {
    this.#fate = 'whole';
  }

  get(key: string): Promise<SharedEntry | undefined> {
    return this.#answered(() => this.#broker.entries.get(key));
  }

  put(key: string, value: Uint8Array, expected?: number): Promise<number | undefined> {
    return this.#answered(() => (this.#isAt(key, expected) ? this.#broker.put(key, value) : undefined));
  }

  delete(key: string, expected?: number): Promise<boolean> {
    return this.#answered(() => {
      if (!this.#isAt(key, expected)) return false;
      this.#broker.delete(key);
      return true;
    });
  }

  keys(prefix: string): Promise<readonly string[]> {
    return this.#answered(() => [...this.#broker.entries.keys()].filter((key) => key.startsWith(prefix)));
  }

  watch(prefix: string, changed: SharedChanged, signal: AbortSignal): Promise<void> {
    return this.#answered(() => this.#broker.watch(prefix, changed, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #isAt(key: string, expected: number | undefined): boolean {
    return expected === undefined || (this.#broker.entries.get(key)?.revision ?? 0) === expected;
  }

  async #answered<T>(question: () => T): Promise<T> {
    const answer = this.#fate === 'away' ? undefined : question();
    await Promise.resolve();
    if (this.#fate === 'whole') return answer as T; // it was asked
    throw new SluiceError('SLU3001', 'the store is away', { transient: true });
  }
}
