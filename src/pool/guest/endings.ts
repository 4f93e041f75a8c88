import { LONGEST_REASON, shortened } from '../../bounded-text.ts';
import { GuestExit, NotGranted } from '../../capability/capability.ts';
import { NotProvided } from '../../capability/stub.ts';
import { MalformedValue, OutputTooLarge } from '../../component/glue/glue-boundary.ts';
import { MalformedAnswer } from '../../contract/contract.ts';
import { reasonOf } from '../../errors.ts';
import { outputBytes, type TrapCause } from '../../outcome.ts';
import { monotonicMs } from '../wire/monotonic.ts';
import type { Ending } from '../wire/outcome-batch.ts';
import type { Chains } from './chains.ts';
import type { Instance } from './instance.ts';
import type { Instances } from './instances.ts';
import type { Reporter } from './reporter.ts';
import type { Run } from './run.ts';

/** What follows when a run is over: its instance is used again or not, and each of its events gets its outcome. */
export class Endings {
  readonly #instances: Instances;
  readonly #reporter: Reporter;
  readonly #chains: Chains;
  readonly #mostBytes: number;

  /** `mostBytes`: what the messages for one event may weigh together. */
  constructor(instances: Instances, reporter: Reporter, chains: Chains, mostBytes: number) {
    this.#instances = instances;
    this.#reporter = reporter;
    this.#chains = chains;
    this.#mostBytes = mostBytes;
  }

  /** The guest answered: once, or once for each event. An answer that was too large to be read is an ending, too. */
  answered(run: Run, instance: Instance, answers: Ending | readonly Ending[]): void {
    const endedMs = this.#leave(run, instance);
    let sound = true;
    for (let n = 0; n < run.count; n++) {
      const answer = isOne(answers) ? answers : answers[n]!;
      const bytes = answer.kind === 'completed' ? outputBytes(answer.messages) : 0;
      const ending = bytes <= this.#mostBytes ? answer : tooLarge(bytes, this.#mostBytes);
      this.#report(run, n, endedMs, ending);
      if (ending.kind === 'trapped') sound = false;
    }
    this.#letGo(instance, sound);
    this.#reporter.flushIfDue(endedMs);
  }

  /**
   * It ended without an answer; `instance` is absent if none could be made. Returns the runs that take its place: its events one by one, when
   * several shared the call.
   */
  failed(run: Run, instance: Instance | undefined, ending: Ending): readonly Run[] {
    const endedMs = this.#leave(run, instance);
    if (run.count === 1) this.#report(run, 0, endedMs, ending);
    this.#letGo(instance, false);
    this.#reporter.flushIfDue(endedMs);
    return run.count === 1 ? [] : run.split();
  }

  /** It never began: main has taken it back, or will. */
  void(run: Run): void {
    for (let n = 0; n < run.count; n++) this.#settled(run);
  }

  /** The guest is done with it; what is still logged belongs to it. Returns when that was, on the monotonic clock. */
  #leave(run: Run, instance: Instance | undefined): number {
    const endedMs = monotonicMs();
    run.ended = true;
    instance?.occupancy.callEnded();
    const summary = run.lineSummary;
    if (summary !== undefined) this.#reporter.log(run.first, summary);
    this.#reporter.spent(endedMs - run.startedMs);
    return endedMs;
  }

  /** `sound`: the instance may be used again. */
  #letGo(instance: Instance | undefined, sound: boolean): void {
    if (instance !== undefined && sound) this.#instances.release(instance);
    else if (instance !== undefined) this.#instances.discard(instance);
    this.#reporter.instances = this.#instances.alive;
  }

  #report(run: Run, n: number, endedMs: number, outcome: Ending): void {
    const { first, startedMs, cold } = run;
    if (outcome.kind !== 'completed') this.#chains.breaks(run.chainOf(n));
    this.#reporter.ended({ number: first + n, outcome, startedMs, durationMs: endedMs - startedMs, cold });
    this.#settled(run);
  }

  /** One more event of its batch is done with. */
  #settled({ arrival }: Run): void {
    if (arrival.done()) this.#reporter.spare(arrival.batch.buffer);
  }
}

/** `Array.isArray` doesn't narrow a readonly array. */
function isOne(answers: Ending | readonly Ending[]): answers is Ending {
  return !Array.isArray(answers);
}

function tooLarge(bytes: number, mostBytes: number): Ending {
  return {
    kind: 'trapped',
    cause: 'output-too-large',
    reason: `the messages have ${bytes} bytes, limits.output_size is ${mostBytes}`,
  };
}

/** The outcome of a call that ended in a throw. The instance is not to be used again. */
export function endingOf(thrown: unknown, instance: Instance): Ending {
  const cause = causeOf(thrown, instance);
  return { kind: 'trapped', cause, reason: shortened(`${PREFIX[cause]}${reasonOf(thrown)}`, LONGEST_REASON) };
}

const PREFIX: Readonly<Record<TrapCause, string>> = {
  trap: '',
  memory: 'out of memory: ',
  malformed: 'malformed answer: ',
  denied: '',
  'output-too-large': '',
  exit: '',
  instantiation: 'an instance could not be made: ',
};

function causeOf(thrown: unknown, instance: Instance): TrapCause {
  if (thrown instanceof NotGranted || thrown instanceof NotProvided) return 'denied';
  if (thrown instanceof GuestExit) return 'exit';
  if (thrown instanceof OutputTooLarge) return 'output-too-large';
  if (thrown instanceof MalformedAnswer || thrown instanceof MalformedValue) return 'malformed';
  if (instance.memoryIsFull()) return 'memory';
  return isLiftingError(thrown) ? 'malformed' : 'trap';
}

/** Generated code that finds no value where one should be throws these. A guest that runs out of stack throws a RangeError, too. */
function isLiftingError(thrown: unknown): boolean {
  if (thrown instanceof RangeError) return !thrown.message.includes('call stack');
  return thrown instanceof TypeError;
}
