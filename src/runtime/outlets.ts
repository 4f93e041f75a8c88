import type { Clock } from '../clock.ts';
import { Outlet } from '../dispatch/outlet.ts';
import { SluiceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { App } from '../manifest/app.ts';
import type { Adapters } from './adapters.ts';

export interface OutletsOptions {
  readonly app: App;
  readonly adapters: Adapters;
  readonly clock: Clock;
  readonly log: Logger;
}

/** An output that has not answered for this long is taken to be away: triggers must not wait for it. */
const PATIENCE_MS = 5000;

/**
 * Opens every output of the manifest. One that is away for now is opened when it is first needed; one that refuses for good rejects, as
 * does an aborted `signal`.
 */
export async function openOutlets(
  { app, adapters, clock, log }: OutletsOptions,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Outlet>> {
  const outlets = [...app.outputs.values()].map((settings) =>
    stack.use(new Outlet(settings.name, (signal) => adapters.openOutput(settings, signal))),
  );
  const over = new AbortController();
  const patience = clock.sleep(PATIENCE_MS, AbortSignal.any([signal, over.signal]));
  try {
    await Promise.race([Promise.all(outlets.map((outlet) => openUnlessAway(outlet, log))), patience]);
  } finally {
    over.abort();
  }
  signal.throwIfAborted();
  return new Map(outlets.map((outlet) => [outlet.name, outlet]));
}

async function openUnlessAway(outlet: Outlet, log: Logger): Promise<void> {
  try {
    await outlet.open();
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown;
    if (!thrown.transient) throw thrown.at({ path: `output.${outlet.name}` });
    log.warn({ err: thrown, output: outlet.name }, 'output is away; it will be opened when it is needed');
  }
}
