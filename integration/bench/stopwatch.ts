import { CpuMeter, type CpuByThread } from './cpu-meter.ts';

/** What a run cost. */
export interface Run {
  readonly events: number;
  readonly ms: number;
  /** Time of one event, in microseconds. */
  readonly cpu: CpuByThread;
}

/** Measures from the first event to the last. */
export class Stopwatch {
  readonly ended: Promise<Run>;
  readonly #count: number;
  readonly #resolve: (run: Run) => void;
  #meter: CpuMeter | undefined;
  #startMs = 0;
  #seen = 0;

  /** `count`: how many events there are. */
  constructor(count: number) {
    this.#count = count;
    const { promise, resolve } = Promise.withResolvers<Run>();
    this.ended = promise;
    this.#resolve = resolve;
  }

  /** The first event is there. Idempotent. */
  begin(): void {
    if (this.#meter !== undefined) return;
    this.#meter = new CpuMeter();
    this.#startMs = performance.now();
  }

  /** So many more have ended. */
  counted(events: number): void {
    this.#seen += events;
    if (this.#seen < this.#count) return;
    this.begin();
    const ms = performance.now() - this.#startMs;
    this.#resolve({ events: this.#count, ms, cpu: this.#meter!.perEvent(this.#count) });
  }
}

/** Measures a step that handles so many events. */
export async function measured(events: number, step: () => unknown): Promise<Run> {
  const stopwatch = new Stopwatch(events);
  stopwatch.begin();
  await step();
  stopwatch.counted(events);
  return stopwatch.ended;
}

export function ratePerSecond({ events, ms }: Run): number {
  return events / (ms / 1000);
}
