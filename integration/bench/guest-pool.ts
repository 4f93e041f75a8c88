import { join } from 'node:path';
import { provides } from '../../src/capability/capabilities.ts';
import { systemClock } from '../../src/clock.ts';
import { type CallPath, loadComponent } from '../../src/component/load-component.ts';
import { contracts } from '../../src/contract/contracts.ts';
import type { TriggerEvent } from '../../src/event.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Outcome } from '../../src/outcome.ts';
import type { CallTiming } from '../../src/pool/call.ts';
import { InstancePool, type PoolOptions } from '../../src/pool/pool.ts';
import { StateFile } from '../../src/state/state-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { type Run, Stopwatch } from './stopwatch.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const cacheDir = join(import.meta.dirname, '..', '..', '.cache', 'bench');
const never = new AbortController().signal;

/** A pool of one of the test guests without a source before it: what a call costs by itself. */
export class GuestPool implements AsyncDisposable {
  readonly pool: InstancePool;
  readonly #stack: AsyncDisposableStack;

  /** One thread and one instance unless `options` say otherwise. */
  static async open(
    guest: string,
    { callPath = 'auto', ...options }: Partial<PoolOptions> & { readonly callPath?: CallPath } = {},
  ): Promise<GuestPool> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(new TemporaryFolder());
    const state = stack.use(StateFile.open(folder.in('state.db')));
    const source = await buildGuest(guest);
    const loading = {
      name: guest,
      source,
      contracts,
      provides,
      cacheDir,
      memoryBytes: 2 ** 26,
      keepWasm: true,
      callPath,
      log: silentLogger,
    };
    const component = await loadComponent(loading, never);
    const grants = { config: {}, env: {}, keyvalue: [], files: {}, http: [], publish: {} };
    const defaults = {
      grants,
      host: 'thread',
      budgetBytes: 2 ** 31,
      threads: 1,
      instances: 1,
      isolation: 'shared',
      maxCalls: 2 ** 31,
      outputBytes: 2 ** 24,
    } as const;
    const pool = await InstancePool.open(
      component,
      { ...defaults, state, clock: systemClock, log: silentLogger, ...options },
      never,
    );
    return new GuestPool(stack.use(pool), stack.move());
  }

  private constructor(pool: InstancePool, stack: AsyncDisposableStack) {
    this.pool = pool;
    this.#stack = stack;
  }

  /** Makes `count` calls, at most `window` of them under way at once. Rejects when one does not complete. */
  calls(event: TriggerEvent, count: number, window = 4096): Promise<Run> {
    const stopwatch = new Stopwatch(count);
    stopwatch.begin();
    return new Promise((resolve, reject) => {
      void stopwatch.ended.then(resolve);
      let submitted = 0;
      const submit = (): void => {
        submitted += 1;
        this.pool.submit(callOf(event, done));
      };
      const done = (outcome: Outcome): void => {
        if (outcome.kind !== 'completed') reject(new Error(`a call was ${outcome.kind}`));
        if (submitted < count) submit();
        stopwatch.counted(1);
      };
      for (let n = Math.min(count, window); n > 0; n -= 1) submit();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** A call that tells its end. */
export function callOf(event: TriggerEvent, finished: (outcome: Outcome, timing: CallTiming) => void) {
  return {
    event,
    attempt: 1,
    extraHeaders: [],
    source: 'bench',
    timeoutMs: 30_000,
    log: () => {},
    finished,
    returned: () => {},
  };
}

/** An event with so many bytes of data. */
export function eventOf(bytes: number): TriggerEvent {
  return {
    id: '01a20240-b4a8-75e8-81f4-14974c46c8d4',
    source: 'queue:bench',
    subject: 'bench',
    time: 1_780_000_000_000_000_000n,
    headers: [],
    data: new Uint8Array(bytes).fill(7),
  };
}
