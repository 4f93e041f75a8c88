import { reasonOf } from '../../errors.ts';
import { EventBatch } from '../wire/event-batch.ts';
import { monotonicMs } from '../wire/monotonic.ts';
import type { Claims } from '../wire/claims.ts';
import type { RunningMark } from '../wire/running-mark.ts';
import { type Ending, timedOut } from '../wire/outcome-batch.ts';
import { Chains } from './chains.ts';
import { endingOf, Endings } from './endings.ts';
import type { Instance } from './instance.ts';
import type { Instances } from './instances.ts';
import type { Reporter } from './reporter.ts';
import { Arrival, type Run } from './run.ts';
import type { Deadlines, Turns } from './turns.ts';

export interface RunnerOptions {
  /** Runs that may be suspended at once, if the component suspends. */
  readonly concurrency: number;
  readonly suspends: boolean;
  /** Whether the contract takes several events in one call. */
  readonly takesMany: boolean;
  /** What the messages for one event may weigh together. */
  readonly outputBytes: number;
  readonly instances: Instances;
  readonly claims: Claims;
  readonly mark: RunningMark;
  readonly turns: Turns;
  readonly deadlines: Deadlines;
  readonly reporter: Reporter;
}

/**
 * Runs the calls of one thread, in the order in which they came, each on an instance that has no other:
 *
 *     queued -> [instance made] -> entered -> (suspended -> resumed)* -> answered | failed
 *
 * A component that doesn't suspend answers at once: then a batch is a plain loop. If it suspends, up to `concurrency` runs wait at once, and
 * the thread doesn't. The next run of a chain is entered when the one ahead has completed, and never if it did not.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #endings: Endings;
  readonly #chains: Chains;
  /** In the order of their numbers, except those that run again. */
  #queue: Run[] = [];
  /** The last call that main can't take back any more. */
  #claimed = 0;
  #suspended = 0;
  #working = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#chains = new Chains(options.suspends);
    this.#endings = new Endings(options.instances, options.reporter, this.#chains, options.outputBytes);
  }

  accept(buffer: ArrayBuffer): void {
    const arrival = new Arrival(new EventBatch(buffer));
    if (this.#options.claims.arrived(arrival.batch.revocations)) this.#voidUnclaimed();
    const { runs, dropped } = this.#chains.runsOf(arrival, this.#options.takesMany);
    for (const run of dropped) this.#endings.void(run);
    for (const run of runs) if (this.#chains.mayGo(run)) this.#queue.push(run);
    void this.#work();
  }

  /** Main has confirmed a large report: continues what waited for that. */
  heard(bytes: number): void {
    this.#options.reporter.heard(bytes);
    void this.#work();
  }

  /** Never rejects. Does not pause, unless an instance must be made or the component suspends. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    while (this.#suspended < this.#options.concurrency && !this.#options.reporter.isAhead) {
      const run = this.#claimNext();
      if (run === undefined) break;
      const instance = this.#options.instances.take() ?? (await this.#makeFor(run));
      if (instance === undefined) continue;
      if (this.#options.suspends) await this.#options.turns.next();
      this.#enter(run, instance);
    }
    this.#working = false;
    if (this.#suspended === 0) this.#options.reporter.flush();
    void this.#options.instances.refill();
  }

  /** The next run; main can't take it back from now on. */
  #claimNext(): Run | undefined {
    const run = this.#queue[0];
    if (run === undefined) return undefined;
    if (run.last > this.#claimed) {
      if (this.#options.claims.claim(run.last)) this.#claimed = run.last;
      else this.#voidUnclaimed();
    }
    return this.#queue.shift();
  }

  /** Main has taken back what was not claimed. */
  #voidUnclaimed(): void {
    const isBack = ({ last }: Run): boolean => last > this.#claimed;
    for (const run of this.#chains.drop(isBack)) this.#endings.void(run);
    for (const run of this.#queue) {
      if (!isBack(run)) continue;
      this.#endings.void(run);
      this.#chains.over(run);
    }
    this.#queue = this.#queue.filter((run) => !isBack(run));
  }

  /** An instance for this run; if none can be made, the run ends here. */
  async #makeFor(run: Run): Promise<Instance | undefined> {
    run.cold = true;
    try {
      return await this.#options.instances.make(run, async () => {
        if (this.#options.suspends) await this.#options.turns.next();
        this.#begin(run);
      });
    } catch (thrown) {
      this.#fail(run, undefined, {
        kind: 'trapped',
        cause: 'instantiation',
        reason: `no instance: ${reasonOf(thrown)}`,
      });
      return undefined;
    } finally {
      if (!this.#options.suspends) this.#options.mark.clear();
    }
  }

  /** The guest comes on the stack, and its time starts. */
  #begin(run: Run): void {
    run.start(monotonicMs());
    if (this.#options.suspends) this.#options.turns.take(run);
    else this.#options.mark.set(run.first, run.count, run.startedMs, run.deadlineMs);
  }

  #enter(run: Run, instance: Instance): void {
    let answers: ReturnType<Instance['call']>;
    this.#begin(run);
    try {
      answers = instance.call(run);
    } catch (thrown) {
      this.#options.mark.clear();
      this.#fail(run, instance, endingOf(thrown, instance));
      return;
    }
    if (answers instanceof Promise) {
      this.#suspend(run, instance, answers);
      return;
    }
    this.#options.mark.clear();
    this.#answer(run, instance, answers);
  }

  #suspend(run: Run, instance: Instance, answers: Promise<Ending | readonly Ending[]>): void {
    this.#suspended += 1;
    this.#options.deadlines.add(run, () => this.#expire(run, instance));
    answers.then(
      (answers) => this.#resume(run, () => this.#answer(run, instance, answers)),
      (thrown) => this.#resume(run, () => this.#fail(run, instance, endingOf(thrown, instance))),
    );
  }

  /** Ends a suspended run, unless it has ended already. */
  #resume(run: Run, conclude: () => void): void {
    if (run.ended) return;
    this.#suspended -= 1;
    this.#options.deadlines.delete(run);
    conclude();
    void this.#work();
  }

  #expire(run: Run, instance: Instance): void {
    const ending = timedOut(run.timeoutMs, monotonicMs() - run.startedMs);
    this.#resume(run, () => this.#fail(run, instance, ending));
  }

  #answer(run: Run, instance: Instance, answers: Ending | readonly Ending[]): void {
    this.#endings.answered(run, instance, answers);
    this.#goOn(run);
  }

  #fail(run: Run, instance: Instance | undefined, ending: Ending): void {
    const again = this.#endings.failed(run, instance, ending);
    this.#goOn(run);
    this.#queue.unshift(...again);
  }

  /** What is behind it in its chains may run now, or is dropped. */
  #goOn(run: Run): void {
    for (const chain of this.#chains.takeBroken()) this.#dropChain(chain);
    const next = this.#chains.over(run);
    if (next === undefined) return;
    let place = this.#queue.length;
    while (place > 0 && this.#queue[place - 1]!.first > next.first) place -= 1;
    this.#queue.splice(place, 0, next);
  }

  #dropChain(chain: number): void {
    for (const run of this.#chains.drop((each) => each.chain === chain)) this.#endings.void(run);
    if (!this.#queue.some((run) => run.holds(chain))) return;
    this.#queue = this.#queue.flatMap((run) => (run.holds(chain) ? this.#without(run, chain) : [run]));
  }

  /** The other events of a run, which follow each other by number. */
  #without(run: Run, chain: number): readonly Run[] {
    const [dropped, kept] = run.apart(chain);
    this.#endings.void(dropped);
    return kept;
  }
}
