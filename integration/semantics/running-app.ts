import { readFileSync } from 'node:fs';
import { builtInAdapters } from '../../src/cli/manifest/load-adapters.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { DeadLetterStore, type StoredLetter } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import { parseManifest } from '../../src/manifest/parse-manifest.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { statusOf, type TriggerStatus } from '../../src/runtime/status.ts';
import type { StateFile } from '../../src/state/state-file.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts';
import type { Telemetry } from '../../src/telemetry/telemetry.ts';
import type { Adapter } from '../../src/trigger/adapter.ts';
import { enqueue } from '../../triggers/queue/enqueue.ts';
import type { QueueItem } from '../../triggers/queue/item.ts';
import { put, textsOf } from '../queue-items.ts';
import { TemporaryApp, type TemporaryAppOptions } from '../temporary-app.ts';

export interface RunningAppOptions extends TemporaryAppOptions {
  /** Beside those that are built in. */
  readonly adapters?: readonly Adapter[];
  readonly clock?: Clock;
}

const LOOK_EVERY_MS = 5;
/**
 * A guard against what hangs, and no claim about speed: a hundred transactions of Kafka, one after the other, take half a minute on a busy
 * machine. The runner names what takes longer than ten.
 */
const PATIENCE_MS = 120_000;
const never = new AbortController().signal;

/** A whole runtime in this process, as `sluice up` makes it, on a manifest of its own; and a second look into its state file. */
export class RunningApp implements AsyncDisposable {
  readonly runtime: Runtime;
  readonly state: StateFile;
  readonly log: readonly string[];
  readonly #telemetry: Telemetry;
  readonly #stack: AsyncDisposableStack;

  /** Puts `texts` into the queue `in` before anything runs. */
  static async open({ adapters = [], clock = systemClock, ...options }: RunningAppOptions, ...texts: string[]) {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await TemporaryApp.create(options));
    const state = stack.use(folder.openState());
    await put(state, 'in', ...texts);
    const log: string[] = [];
    const logger = createLogger({ level: 'debug', format: 'json', stream: { write: (line) => void log.push(line) } });
    const telemetry = stack.use(await openTelemetry({ serviceName: 'app', version: '0', log: logger }));
    const available = [...(await builtInAdapters()), ...adapters];
    const app = parseManifest(readFileSync(folder.manifest, 'utf8'), {
      file: folder.manifest,
      adapters: available,
      env: {},
      readFile: () => '',
      processors: 2,
    });
    const runtime = stack.use(await Runtime.open({ app, adapters: available, telemetry, clock, log: logger }, never));
    await runtime.opened();
    return new RunningApp(runtime, state, log, telemetry, stack.move());
  }

  private constructor(
    runtime: Runtime,
    state: StateFile,
    log: readonly string[],
    telemetry: Telemetry,
    stack: AsyncDisposableStack,
  ) {
    this.runtime = runtime;
    this.state = state;
    this.log = log;
    this.#telemetry = telemetry;
    this.#stack = stack;
  }

  /** The status of a trigger, by default of the only one. */
  async status(name?: string): Promise<TriggerStatus> {
    const supervisor = this.runtime.supervisors.find((each) => name === undefined || each.name === name);
    if (supervisor === undefined) throw new TypeError(`no trigger ${name}`);
    return statusOf(supervisor);
  }

  /** Puts texts into the queue `in`. */
  put(...texts: readonly string[]): Promise<void> {
    return put(this.state, 'in', ...texts);
  }

  /** Likewise, with all that an item can have, and whatever ids were there before. */
  async publish(items: readonly QueueItem[]): Promise<void> {
    await enqueue(this.state, 'in', items, { windowMs: 0 });
  }

  /** What was put into the queue `out`, in order. */
  get out(): readonly string[] {
    return textsOf(this.state, 'out');
  }

  get letters(): readonly StoredLetter[] {
    return new DeadLetterStore(this.state, () => 0).list(1_000_000);
  }

  get metrics(): readonly string[] {
    return this.#telemetry.prometheus().split('\n');
  }

  /** Resolves when `met` is. */
  async until(met: () => boolean | Promise<boolean>): Promise<void> {
    for (const sinceMs = performance.now(); !(await met());) {
      if (performance.now() - sinceMs > PATIENCE_MS) throw new Error(`it never came to that: ${await this.#report()}`);
      await systemClock.sleep(LOOK_EVERY_MS);
    }
  }

  /** Resolves when so many events are settled for good: accepted, dead-lettered or dropped. */
  async settled(count: number): Promise<void> {
    await this.until(() => {
      const tallies = this.runtime.supervisors.map(({ context }) => context.tally);
      const ended = tallies.reduce((sum, tally) => sum + tally.accepted + tally.deadLettered + tally.dropped, 0);
      return ended >= count;
    });
  }

  /** Gives up what runs, and closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.runtime.cancel();
    await this.#stack.disposeAsync();
  }

  async #report(): Promise<string> {
    return JSON.stringify(await Promise.all(this.runtime.supervisors.map(statusOf)));
  }
}
