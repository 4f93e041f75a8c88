import type { EventBatch } from '../wire/event-batch.ts';
import { Run } from './run.ts';

/** A batch that came from main. Its buffer is kept until each of its events has an outcome. */
export class Arrival {
  readonly batch: EventBatch;
  #left: number;

  constructor(batch: EventBatch) {
    this.batch = batch;
    this.#left = batch.count;
  }

  /** One run per event, or for `many` one per stretch of events that may share a call. */
  runs(many: boolean): Run[] {
    const { batch } = this;
    const runs: Run[] = [];
    for (let index = 0; index < batch.count;) {
      let end = index + 1;
      if (many && !batch.alone(index)) while (end < batch.count && !batch.alone(end)) end += 1;
      runs.push(new Run(this, index, end - index));
      index = end;
    }
    return runs;
  }

  /** One more event has its outcome, or was taken back. Whether it was the last. */
  done(): boolean {
    this.#left -= 1;
    return this.#left === 0;
  }
}
