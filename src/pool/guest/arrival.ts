import type { EventBatch } from '../wire/event-batch.ts';
import type { Chains } from './chains.ts';
import { Run } from './run.ts';

/** A batch that came from main. Its buffer is kept until each of its events has an outcome. */
export class Arrival {
  readonly batch: EventBatch;
  #left: number;

  constructor(batch: EventBatch) {
    this.batch = batch;
    this.#left = batch.count;
  }

  /**
   * One run per event, or for `many` one per stretch of events that may share a call: of each chain one, since the next may not be entered
   * before it has completed. Those that are not to run, because their chain is broken, are apart.
   */
  runs(many: boolean, chains: Chains): { readonly runs: readonly Run[]; readonly dropped: readonly Run[] } {
    const { batch } = this;
    const runs: Run[] = [];
    const dropped: Run[] = [];
    for (let index = 0; index < batch.count;) {
      if (!chains.arrives(batch.chain(index), batch.continues(index))) {
        dropped.push(new Run(this, index, 1));
        index += 1;
        continue;
      }
      const end = many ? this.#endOfStretch(index, chains) : index + 1;
      runs.push(new Run(this, index, end - index));
      index = end;
    }
    return { runs, dropped };
  }

  #endOfStretch(first: number, chains: Chains): number {
    const { batch } = this;
    const inIt = new Set<number>();
    let end = first;
    for (; end < batch.count; end++) {
      const chain = batch.chain(end);
      if (end > first && (batch.alone(end) || inIt.has(chain) || !chains.arrives(chain, batch.continues(end)))) break;
      if (batch.alone(end) || !chains.mayShare(chain)) return Math.max(end, first + 1);
      if (chain !== 0) inIt.add(chain);
    }
    return end;
  }

  /** One more event has its outcome, or was taken back. Whether it was the last. */
  done(): boolean {
    this.#left -= 1;
    return this.#left === 0;
  }
}
