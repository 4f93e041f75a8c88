import type { Clock } from '../clock.ts';
import { Outlet } from '../dispatch/outputs/outlet.ts';
import type { Logger } from '../logger.ts';
import type { App } from '../manifest/app.ts';
import type { Adapters } from './adapters.ts';
import { openUnlessAway } from './unless-away.ts';

export interface OutletsOptions {
  readonly app: App;
  readonly adapters: Adapters;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens every output of the manifest, except those that are away. Rejects as `openUnlessAway` does. */
export async function openOutlets(
  options: OutletsOptions,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Outlet>> {
  const { app, adapters } = options;
  const outlets = [...app.outputs.values()].map((settings) =>
    stack.use(
      new Outlet({ name: settings.name, system: settings.type }, (opens) => adapters.openOutput(settings, opens)),
    ),
  );
  await openUnlessAway('output', outlets, options, signal);
  return new Map(outlets.map((outlet) => [outlet.name, outlet]));
}
