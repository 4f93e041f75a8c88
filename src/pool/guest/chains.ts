import { type Arrival, Run } from './run.ts';

/**
 * The chains of one thread: of each, one call at a time runs, in the order in which they came. When one does not complete, what is behind it
 * is dropped, here and in batches that main had sent before it heard of that; main takes those calls back by itself.
 */
export class Chains {
  /** Until main begins them anew. It gives the numbers of chains that are over to others, so that these are few. */
  readonly #broken = new Set<number>();
  #fresh: number[] = [];
  /** Of each chain the run that is queued or runs, and those that wait for it. Absent: runs follow each other anyway. */
  readonly #lines: Map<number, Run[]> | undefined;

  /** `suspends`: several calls can be suspended at once. */
  constructor(suspends: boolean) {
    this.#lines = suspends ? new Map() : undefined;
  }

  /**
   * Divides a batch into runs: one per event, or for `many` one per stretch of events that may share a call: of each chain one, since the
   * next may not be entered before it has completed. Events that are not to run, because their chain is broken, are `dropped`.
   */
  runsOf(arrival: Arrival, many: boolean): { readonly runs: readonly Run[]; readonly dropped: readonly Run[] } {
    const { batch } = arrival;
    const runs: Run[] = [];
    const dropped: Run[] = [];
    for (let index = 0; index < batch.count;) {
      if (!this.#mayRun(batch.chain(index), batch.continues(index))) {
        dropped.push(new Run(arrival, index, 1));
        index += 1;
        continue;
      }
      const end = many ? this.#endOfStretch(arrival, index) : index + 1;
      runs.push(new Run(arrival, index, end - index));
      index = end;
    }
    return { runs, dropped };
  }

  #endOfStretch({ batch }: Arrival, first: number): number {
    const inIt = new Set<number>();
    let end = first;
    for (; end < batch.count; end++) {
      const chain = batch.chain(end);
      if (end > first && (batch.alone(end) || inIt.has(chain) || !this.#mayRun(chain, batch.continues(end)))) break;
      if (batch.alone(end) || !this.#mayShare(chain)) return Math.max(end, first + 1);
      if (chain !== 0) inIt.add(chain);
    }
    return end;
  }

  /** Whether an event that has come is to run. */
  #mayRun(chain: number, continues: boolean): boolean {
    if (chain === 0 || this.#broken.size === 0) return true;
    if (!continues) this.#broken.delete(chain);
    return !this.#broken.has(chain);
  }

  /** Whether an event of that chain may share a call with others. Where calls are suspended, the next of its chain waits for it alone. */
  #mayShare(chain: number): boolean {
    return chain === 0 || this.#lines === undefined;
  }

  /** Whether a run may be queued now; if not, it comes from `over` when its turn has come. */
  mayGo(run: Run): boolean {
    const { chain } = run;
    if (this.#lines === undefined || chain === 0) return true;
    const line = this.#lines.get(chain);
    if (line === undefined) this.#lines.set(chain, [run]);
    else line.push(run);
    return line === undefined;
  }

  /** An event of that chain did not complete. */
  breaks(chain: number): void {
    if (chain === 0) return;
    this.#broken.add(chain);
    this.#fresh.push(chain);
  }

  /** Chains that broke since this was called last. */
  takeBroken(): readonly number[] {
    if (this.#fresh.length === 0) return NONE;
    const broken = this.#fresh;
    this.#fresh = [];
    return broken;
  }

  /** A run is over: the one that may go now. */
  over(run: Run): Run | undefined {
    const { chain } = run;
    const line = this.#lines?.get(chain);
    if (line === undefined) return undefined;
    line.shift();
    if (line.length === 0) this.#lines?.delete(chain);
    return line[0];
  }

  /** Removes and returns the runs that wait for another of their chain and that `which` selects. */
  drop(which: (run: Run) => boolean): readonly Run[] {
    const dropped: Run[] = [];
    for (const [chain, line] of this.#lines ?? NONE) {
      const [head, ...waiting] = line;
      dropped.push(...waiting.filter(which));
      this.#lines?.set(chain, [head!, ...waiting.filter((run) => !which(run))]);
    }
    return dropped;
  }
}

const NONE: readonly never[] = [];
