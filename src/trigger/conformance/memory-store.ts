import { SluiceError } from '../../errors.ts';
import type { SharedChanged, SharedEntry, SharedStore } from '../shared-store.ts';

/** A store that several replicas share in a test. Each has its own connection, which can be lost. */
export class MemoryBroker {
  readonly entries = new Map<string, SharedEntry>();
  readonly #connections = new Set<MemoryStore>();
  #revision = 0;

  connect(): MemoryStore {
    const store = new MemoryStore(this);
    this.#connections.add(store);
    return store;
  }

  put(key: string, value: Uint8Array): number {
    const entry = { value: value.slice(), revision: (this.#revision += 1) };
    this.entries.set(key, entry);
    for (const store of this.#connections) store.told(key, entry);
    return entry.revision;
  }

  delete(key: string): void {
    this.#revision += 1;
    if (!this.entries.delete(key)) return;
    for (const store of this.#connections) store.told(key, undefined);
  }
}

/** One replica's connection to a `MemoryBroker`. */
export class MemoryStore implements SharedStore {
  readonly #broker: MemoryBroker;
  readonly #watches = new Map<SharedChanged, string>();
  #fate: 'whole' | 'lost' | 'answers-lost' = 'whole';

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  /** Cuts the connection until `heal`. */
  lose(): void {
    this.#fate = 'lost';
  }

  /** Loses the answers to changes that are made, until `heal`. */
  loseAnswers(): void {
    this.#fate = 'answers-lost';
  }

  heal(): void {
    this.#fate = 'whole';
    for (const [key, entry] of this.#broker.entries) this.told(key, entry);
  }

  /** A change that the broker reports. */
  told(key: string, entry: SharedEntry | undefined): void {
    if (this.#fate !== 'whole') return;
    for (const [changed, prefix] of this.#watches) if (key.startsWith(prefix)) changed(key, entry);
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
    return this.#answered(() => {
      for (const [key, entry] of this.#broker.entries) if (key.startsWith(prefix)) changed(key, entry);
      this.#watches.set(changed, prefix);
      signal.addEventListener('abort', () => this.#watches.delete(changed), { once: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watches.clear();
  }

  #isAt(key: string, expected: number | undefined): boolean {
    return expected === undefined || (this.#broker.entries.get(key)?.revision ?? 0) === expected;
  }

  async #answered<T>(question: () => T): Promise<T> {
    if (this.#fate === 'lost') throw away();
    const answer = question();
    await Promise.resolve();
    if (this.#fate !== 'whole') throw away();
    return answer;
  }
}

function away(): SluiceError {
  return new SluiceError('SLU3001', 'nothing answers', { transient: true });
}
