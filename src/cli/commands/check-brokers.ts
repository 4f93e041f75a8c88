import { type ErrorPlace, SluiceError } from '../../errors.ts';
import { orAborted } from '../../cancellation.ts';
import { formatDuration } from '../../trigger/duration-text.ts';
import type { Checked, Findings } from './check-components.ts';
import { OpenAdapters } from '../manifest/open-adapters.ts';
import type { OpenedManifest } from '../manifest/open-manifest.ts';
import { asSluiceError } from '../output/print-error.ts';

/** A broker that does not answer within this time counts as away. */
const patienceMs = 10_000;

interface Attempt extends Pick<Checked, 'kind' | 'name'> {
  readonly connection: string;
  readonly attempt: (signal: AbortSignal) => Promise<void>;
}

/**
 * Tries to reach the broker of every trigger, output and store that has a connection. Nothing is created or changed there.
 */
export async function checkBrokers(opened: OpenedManifest, verbose: boolean): Promise<Findings> {
  const fine: Checked[] = [];
  const errors: SluiceError[] = [];
  await using adapters = new OpenAdapters(opened, verbose);
  for (const { kind, name, connection, attempt } of attempts(opened, adapters)) {
    const signal = AbortSignal.timeout(patienceMs);
    try {
      await orAborted(attempt(signal), signal); // an adapter may ignore it
      fine.push({ kind, name, detail: `connection ${connection} answers` });
    } catch (thrown) {
      errors.push((signal.aborted ? silent() : asSluiceError(thrown)).at(placeOf(kind, name, connection)));
    }
  }
  return { fine, errors };
}

function attempts({ app }: OpenedManifest, { adapters }: OpenAdapters): readonly Attempt[] {
  const triggers = app.triggers.flatMap((settings): Attempt[] => {
    const { name, component, connection, timeoutMs = app.components.get(component)?.limits.timeoutMs ?? 0 } = settings;
    const attempt: Attempt['attempt'] = (signal) => adapters.probeTrigger(settings, timeoutMs, signal);
    return connection === undefined ? [] : [{ kind: 'trigger', name, connection, attempt }];
  });
  const outputs = Array.from(app.outputs.values()).flatMap((settings): Attempt[] => {
    const { name, connection } = settings;
    const attempt: Attempt['attempt'] = (signal) => adapters.probeOutput(settings, signal);
    return connection === undefined ? [] : [{ kind: 'output', name, connection, attempt }];
  });
  const stores = Array.from(app.stores.values()).flatMap((settings): Attempt[] => {
    const { name, connection } = settings;
    const attempt: Attempt['attempt'] = (signal) => adapters.probeStore(settings, signal);
    return connection === undefined ? [] : [{ kind: 'store', name, connection, attempt }];
  });
  return [...triggers, ...outputs, ...stores];
}

function silent(): SluiceError {
  return new SluiceError('SLU3001', `no answer within ${formatDuration(patienceMs)}`, {
    fix: 'check its address, and that it can be reached from here',
  });
}

function placeOf(kind: Checked['kind'], name: string, connection: string): ErrorPlace {
  return kind === 'trigger' ? { trigger: name, connection } : { connection, path: `${kind}.${name}` };
}
