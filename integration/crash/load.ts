import type { StateFile } from '../../src/state/state-file.ts';
import { enqueue } from '../../triggers/queue/enqueue.ts';
import type { QueueItem } from '../../triggers/queue/item.ts';
import { itemsOf } from '../queue-items.ts';

/** What events do, and how many of a hundred do so. */
const words: readonly (readonly [word: string, percent: number])[] = [
  ['echo', 46],
  ['to:far', 20],
  ['fail-until:2', 10],
  ['fail-until:3', 5],
  ['trap-until:2', 10],
  ['fail', 3],
  ['reject', 3],
  ['trap', 2],
  ['spin', 1],
];
const KEYS = 8;
/** Events that are put in one commit. */
const BATCH = 20;
/** There is always something to do, and never so much that the end is far. */
const MOST_WAITING = 200;
const PAUSE_MS = 5;

/**
 * Publishes without end to two queues, from a process that nobody kills: to `in`, and to `lanes` with keys and a number that grows within
 * each key. An event's id is also the last word of its data, `WORD [KEY] ID`.
 */
export class Load implements AsyncDisposable {
  /** Ids of events whose publishing was confirmed. */
  readonly confirmed = new Set<string>();
  readonly #state: StateFile;
  readonly #random: () => number;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #count = 0;

  constructor(state: StateFile, random: () => number) {
    this.#state = state;
    this.#random = random;
    this.#ended = this.#run();
  }

  /** Ends it. Rejects when publishing failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      for (const queue of ['in', 'lanes'])
        if (itemsOf(this.#state, queue).length < MOST_WAITING) await this.#publish(queue);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #publish(queue: string): Promise<void> {
    const items = Array.from({ length: BATCH }, () => this.#item(queue));
    await enqueue(this.#state, queue, items);
    for (const { id } of items) this.confirmed.add(id);
  }

  #item(queue: string): QueueItem & { readonly id: string } {
    const id = String((this.#count += 1));
    const word = this.#word();
    const headers = [] as const;
    if (queue !== 'lanes') return { id, headers, data: Buffer.from(`${word} ${id}`) };
    const key = `k${Math.floor(this.#random() * KEYS)}`;
    // A lane's order is told by the outputs, which must therefore be in one place; and a spinner would hold up its whole lane.
    const tame = word === 'to:far' || word === 'spin' ? 'echo' : word;
    return { id, key: Buffer.from(key), headers, data: Buffer.from(`${tame} ${key} ${id}`) };
  }

  #word(): string {
    let left = this.#random() * 100;
    return words.find(([, percent]) => (left -= percent) < 0)?.[0] ?? 'echo';
  }
}
