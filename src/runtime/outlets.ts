import { Outlet } from '../dispatch/outlet.ts';
import { SluiceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { App } from '../manifest/app.ts';
import type { Adapters } from './adapters.ts';

/** Opens every output of the manifest. One that is away for now is opened when it is first needed; one that refuses for good rejects. */
export async function openOutlets(
  app: App,
  adapters: Adapters,
  log: Logger,
  stack: AsyncDisposableStack,
): Promise<ReadonlyMap<string, Outlet>> {
  const outlets = [...app.outputs.values()].map((settings) =>
    stack.use(new Outlet(settings.name, (signal) => adapters.openOutput(settings, signal))),
  );
  await Promise.all(
    outlets.map((outlet) =>
      outlet.open().catch((thrown: unknown) => {
        if (!(thrown instanceof SluiceError && thrown.transient)) throw thrown;
        log.warn({ err: thrown, output: outlet.name }, 'output is away; it will be opened when it is needed');
      }),
    ),
  );
  return new Map(outlets.map((outlet) => [outlet.name, outlet]));
}
