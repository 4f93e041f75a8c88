import { systemClock } from '../../clock.ts';
import { reasonOf, SluiceError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { ComponentSettings } from '../../manifest/app.ts';
import { idle } from '../../runtime/idle.ts';
import { Runtime } from '../../runtime/runtime.ts';
import { statusOf, type TriggerStatus } from '../../runtime/status.ts';
import { StatusServer } from '../../server/status-server.ts';
import { createLogger } from '../../telemetry/log.ts';
import { openTelemetry } from '../../telemetry/open-telemetry.ts';
import { banner, counters } from '../output/banner.ts';
import { buildStale } from '../../component/build.ts';
import type { EndSignal, Io } from '../io.ts';
import type { OpenedManifest } from '../manifest/open-manifest.ts';
import { version } from '../program.ts';
import { watchComponents } from './watch-components.ts';

export interface UpOptions {
  readonly only: readonly string[];
  /** In milliseconds. */
  readonly untilIdle?: number;
  readonly trace?: 'console';
  readonly build: boolean;
  /** Reload components as they change. */
  readonly watch?: boolean;
  readonly verbose: boolean;
}

const COUNT_EVERY_MS = 1000;
const OPEN_PATIENCE_MS = 5000;
/** After this long, the process ends without waiting for cancelled calls. */
const CANCELLED_MS = 1900;
/** The exit code that shells use for a process ended by a signal: 128 plus the number of the signal. */
const SIGNALLED = { SIGTERM: 143, SIGINT: 130 };

/**
 * One `sluice up`: build stale components, open, print what runs, wait for the end, drain. The first signal drains; the second cancels, within 2 s
 * whatever brokers and guests do; the third exits at once. A signal during the opening aborts it. SIGHUP reloads components once they run.
 */
export class UpSession implements AsyncDisposable {
  readonly #opened: OpenedManifest;
  readonly #options: UpOptions;
  readonly #io: Io;
  readonly #log: Logger;
  readonly #stack = new AsyncDisposableStack();
  readonly #signalled = new AbortController();
  readonly #started = Promise.withResolvers<void>();
  #runtime: Runtime | undefined;
  #signal: EndSignal = 'SIGTERM';
  #cancelling = false;
  /** Nothing unsettled is left that could be lost. */
  #closed = false;
  #shown = '';

  constructor(opened: OpenedManifest, options: UpOptions, io: Io) {
    this.#opened = opened;
    this.#options = options;
    this.#io = io;
    this.#log = createLogger({ level: options.verbose ? 'debug' : 'info' });
    this.#stack.defer(io.onEndSignal((signal) => this.#heard(signal)));
    this.#stack.defer(io.onHangup((hungUp) => (hungUp ? this.#drain() : void this.#reload())));
  }

  /** Resolves when every event is settled or back with its source. Rejects with the cause if a trigger with `on_failure = "exit"` failed. */
  async run(): Promise<void> {
    const { app, adapters } = this.#opened;
    const { signal } = this.#signalled;
    try {
      await this.#build(app.components.values(), signal);
      const telemetry = this.#stack.use(
        await openTelemetry({
          serviceName: app.name,
          version,
          log: this.#log,
          traceToConsole: this.#options.trace === 'console',
        }),
      );
      const only = this.#options.only.length === 0 ? {} : { only: this.#options.only };
      const runtime = await Runtime.open(
        {
          app,
          adapters,
          telemetry,
          clock: systemClock,
          log: this.#log,
          prepare: (component, reload) => this.#build([component], reload),
          ...only,
        },
        signal,
      );
      this.#stack.defer(() => void (this.#closed = true));
      this.#runtime = this.#stack.use(runtime);
      runtime.cancelled.addEventListener('abort', () => this.#exitSoon(CANCELLED_MS));
      this.#started.resolve();
      if (this.#options.watch === true) this.#watch(runtime);
      const server = await this.#serve(runtime, () => telemetry.prometheus());
      await this.#whenOpened(runtime);
      await this.#tell(runtime, server);
      await this.#end(runtime);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      this.#log.debug({ err: thrown }, 'ended while it was being opened');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #heard(signal: EndSignal): void {
    this.#signal = signal;
    if (!this.#signalled.signal.aborted) return this.#drain();
    if (this.#cancelling) return this.#exit('exiting at once');
    this.#cancelling = true;
    this.#io.stderr.write('cancelling running calls; a third signal exits at once\n');
    this.#runtime?.cancel();
    if (this.#runtime === undefined) this.#exitSoon(CANCELLED_MS);
  }

  /** Idempotent: when a terminal is closed, both the kernel and the shell send the signal. */
  #drain(): void {
    if (this.#signalled.signal.aborted) return;
    this.#io.stderr.write('draining; a second signal cancels running calls\n');
    this.#signalled.abort();
    if (this.#runtime === undefined) this.#exitSoon(this.#opened.app.shutdown.graceMs + CANCELLED_MS);
  }

  /** Limits the time of the end, whatever a broker, a stuck guest or a collector does. */
  #exitSoon(ms: number): void {
    setTimeout(
      () => (this.#closed ? this.#io.exit() : this.#exit('not everything closed in time; exiting')),
      ms,
    ).unref();
  }

  #exit(why: string): void {
    this.#io.stderr.write(`${why}; unsettled events will be delivered again\n`);
    this.#io.exit(SIGNALLED[this.#signal]);
  }

  async #build(components: Iterable<ComponentSettings>, signal: AbortSignal): Promise<void> {
    if (this.#options.build) await buildStale(components, signal, this.#log);
  }

  async #reload(name?: string): Promise<void> {
    await this.#started.promise;
    await this.#runtime?.reload(name);
  }

  #watch(runtime: Runtime): void {
    const { components } = this.#opened.app;
    const settings = [...components.values()].filter(({ name }) => runtime.components.has(name));
    this.#stack.use(watchComponents(settings, (name) => void this.#reload(name), this.#log));
  }

  async #serve(runtime: Runtime, metrics: () => string): Promise<StatusServer | undefined> {
    const { server } = this.#opened.app;
    if (server.listen === 'off') return undefined;
    const source = {
      ready: () => !runtime.draining,
      triggers: () => Promise.all(runtime.supervisors.map(statusOf)),
      metrics,
    };
    return this.#stack.use(await StatusServer.open({ ...server.listen, hosts: server.hosts }, source));
  }

  /** A source that does not answer must delay neither the banner nor a signal. */
  async #whenOpened(runtime: Runtime): Promise<void> {
    const over = new AbortController();
    const patience = systemClock.sleep(OPEN_PATIENCE_MS, AbortSignal.any([this.#signalled.signal, over.signal]));
    await Promise.race([runtime.opened(), patience]);
    over.abort();
  }

  async #tell(runtime: Runtime, server: StatusServer | undefined): Promise<void> {
    const { app } = this.#opened;
    const triggers = await statuses(runtime);
    const processes = [...runtime.components.keys()].filter(
      (name) => app.components.get(name)?.pool.host === 'process',
    );
    const facts = { version, app: app.name, readyMs: performance.now(), triggers, state: app.state.path, processes };
    this.#io.stderr.write(`${banner({ ...facts, server: server?.url })}\n`);
    if (!this.#io.stderr.isTerminal) return;
    const counting = setInterval(() => void this.#count(runtime), COUNT_EVERY_MS);
    this.#stack.defer(() => clearInterval(counting));
  }

  async #end(runtime: Runtime): Promise<void> {
    const { untilIdle } = this.#options;
    const over = new AbortController();
    const ends = [aborted(this.#signalled.signal), runtime.ended()];
    if (untilIdle !== undefined) ends.push(idle(runtime.supervisors, untilIdle, systemClock, over.signal));
    await Promise.race(ends);
    over.abort();
    const finished = await runtime.drain();
    await this.#count(runtime);
    if (!finished) this.#io.stderr.write('running calls were cancelled; their events went back to their sources\n');
    const failed = runtime.supervisors.find(({ state }) => state === 'failed');
    if (failed !== undefined && !this.#signalled.signal.aborted) throw triggerFailed(failed.name, failed.error);
  }

  async #count(runtime: Runtime): Promise<void> {
    const line = counters(await statuses(runtime));
    if (line !== this.#shown) this.#io.stderr.write(`${line}\n`);
    this.#shown = line;
  }
}

function statuses(runtime: Runtime): Promise<TriggerStatus[]> {
  return Promise.all(runtime.supervisors.map(statusOf));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function triggerFailed(name: string, thrown: unknown): unknown {
  const place = { trigger: name };
  if (thrown instanceof SluiceError) return thrown.at(place);
  return new SluiceError('SLU3006', `trigger '${name}' failed: ${reasonOf(thrown)}`, { cause: thrown, place });
}
