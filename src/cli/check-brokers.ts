import { SluiceError } from '../errors.ts';
import { formatDuration } from '../trigger/duration.ts';
import type { Checked, Findings } from './findings.ts';
import { OpenAdapters } from './open-adapters.ts';
import type { OpenedManifest } from './open-manifest.ts';
import { asSluiceError } from './tell-error.ts';

/** A broker that does not answer within this time is as good as away. */
const patienceMs = 10_000;

interface Attempt extends Pick<Checked, 'kind' | 'name'> {
  readonly connection: string;
  readonly open: (signal: AbortSignal) => Promise<AsyncDisposable>;
}

/** Opens every trigger, output and store that has a connection, and closes it again. What needs no broker is left alone. */
export async function checkBrokers(opened: OpenedManifest, verbose: boolean): Promise<Findings> {
  const fine: Checked[] = [];
  const errors: SluiceError[] = [];
  await using adapters = new OpenAdapters(opened, verbose);
  for (const { kind, name, connection, open } of attempts(opened, adapters)) {
    const signal = AbortSignal.timeout(patienceMs);
    try {
      await using _ = await open(signal);
      fine.push({ kind, name, detail: `connection ${connection} answers` });
    } catch (thrown) {
      errors.push(signal.aborted ? silent(kind, name, connection) : asSluiceError(thrown));
    }
  }
  return { fine, errors };
}

function attempts({ app }: OpenedManifest, { adapters }: OpenAdapters): readonly Attempt[] {
  const triggers = app.triggers.flatMap((settings): Attempt[] => {
    const { name, component, connection, timeoutMs = app.components.get(component)?.limits.timeoutMs ?? 0 } = settings;
    const open: Attempt['open'] = (signal) => adapters.openTrigger(settings, timeoutMs, signal);
    return connection === undefined ? [] : [{ kind: 'trigger', name, connection, open }];
  });
  const outputs = Array.from(app.outputs.values()).flatMap((settings): Attempt[] => {
    const { name, connection } = settings;
    const open: Attempt['open'] = (signal) => adapters.openOutput(settings, signal);
    return connection === undefined ? [] : [{ kind: 'output', name, connection, open }];
  });
  const stores = Array.from(app.stores.values()).flatMap((settings): Attempt[] => {
    const { name, connection } = settings;
    const open: Attempt['open'] = (signal) => adapters.openStore(settings, signal);
    return connection === undefined ? [] : [{ kind: 'store', name, connection, open }];
  });
  return [...triggers, ...outputs, ...stores];
}

function silent(kind: Checked['kind'], name: string, connection: string): SluiceError {
  const patience = formatDuration(patienceMs);
  return new SluiceError('SLU3001', `connection ${connection} of ${kind} ${name} did not answer within ${patience}`, {
    place: { connection },
    fix: 'check its address, and that it can be reached from here',
  });
}
