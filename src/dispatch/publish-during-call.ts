import { SluiceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { OutputMessage } from '../outcome.ts';
import type { OpenDelivery } from './conclusion/settle.ts';
import type { Outlet } from './outputs/outlet.ts';

/**
 * Publishes a message while a component handles a delivery. Resolves when the output has confirmed it; it then stays published, whatever
 * the outcome of the delivery is. Rejects when it is not known to be published, and does not try again: the component decides that. Aborting
 * `signal` ends the wait.
 */
export async function publishDuringCall(
  sent: OutputMessage,
  { delivery, lost, ended, span, holder: { context } }: OpenDelivery,
  signal: AbortSignal,
): Promise<void> {
  if (lost || ended) throw new SluiceError('SLU3002', 'the event is not handled here any more', { ofMessage: true });
  const { outlet, message } = context.outputs.during(delivery, sent, (given) => span?.inject(given) ?? given);
  const publishing = span?.publishing(outlet, 1);
  try {
    await outlet.publish([message], signal);
  } catch (thrown) {
    publishing?.(thrown);
    if (!signal.aborted) logTrouble(outlet, thrown, context.log);
    throw thrown;
  }
  publishing?.();
  inTrouble.delete(outlet);
  context.tally.published += 1;
}

/** Outputs whose trouble was logged: a component that tries again and again must not fill the log. */
const inTrouble = new WeakSet<Outlet>();

/** A refused message is not logged: the component gets that error. */
function logTrouble(outlet: Outlet, thrown: unknown, log: Logger): void {
  if ((thrown instanceof SluiceError && thrown.ofMessage) || inTrouble.has(outlet)) return;
  inTrouble.add(outlet);
  log.error({ err: thrown }, `a component could not publish to output '${outlet.name}'`);
}
