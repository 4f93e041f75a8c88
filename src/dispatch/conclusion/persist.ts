import { backoffMs } from '../../backoff.ts';
import { reasonOf, SluiceError } from '../../errors.ts';
import { refusalOf } from '../../publisher.ts';
import type { TriggerContext } from '../trigger-context.ts';

/** Between tries. */
const PAUSES = { firstMs: 100, longestMs: 10_000 };

/**
 * Does a step that must become durable, and repeats it while `mayPass` says that its failure may pass. The event is held meanwhile, so the
 * source is slowed down and nothing is lost; the trigger reports it (`tally.blocked`). Rejects with any other failure, or when `cancel` was
 * aborted.
 */
export async function persist(
  what: string,
  { context, cancel }: { readonly context: TriggerContext; readonly cancel: AbortSignal },
  step: (signal: AbortSignal) => Promise<void>,
  mayPass: (thrown: unknown) => boolean,
): Promise<void> {
  const { blocked } = context.tally;
  for (let failures = 1; ; failures += 1) {
    try {
      await step(cancel);
      blocked.delete(what);
      return;
    } catch (thrown) {
      if (!mayPass(thrown) || cancel.aborted) {
        blocked.delete(what);
        throw thrown;
      }
      const trouble = refusalOf(thrown) === 'away' ? 'is away' : 'refuses whatever is sent';
      const reason = `${what} ${trouble}: ${reasonOf(thrown)}`;
      if (blocked.get(what) !== reason)
        context.log.error({ err: thrown }, `${what} ${trouble}; what needs it waits until that is repaired`);
      blocked.set(what, reason);
      await context.clock.sleep(backoffMs(failures, PAUSES), cancel);
      if (cancel.aborted) throw thrown;
    }
  }
}

/** For what is published: every failure may pass, unless the message itself is refused. */
export function isNotTheMessage(thrown: unknown): boolean {
  return refusalOf(thrown) !== 'message';
}

/** For what must be done whatever the failure is. */
export function always(): boolean {
  return true;
}

/** For a settlement: another try may help. */
export function isAway(thrown: unknown): boolean {
  return refusalOf(thrown) === 'away' && !isUnknown(thrown);
}

/** For a settlement: it came too late, or may have been carried out. It is not tried again. */
export function isUnknown(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.code === 'SLU3003';
}
