import { backoffMs } from '../backoff.ts';
import { reasonOf, SluiceError } from '../errors.ts';
import { refusalOf } from '../publisher.ts';
import type { Route } from './route.ts';

/** Between tries. */
const PAUSES = { firstMs: 100, longestMs: 10_000 };

/**
 * Does something that must be durable, again and again while `mayPass` says of its failure that it may pass: the event is held meanwhile, so
 * the source is slowed down and nothing is lost. Rejects with any other failure, or when `cancel` was aborted. The trigger says so while it
 * lasts (`tally.blocked`).
 */
export async function persist(
  what: string,
  { route, cancel }: { readonly route: Route; readonly cancel: AbortSignal },
  step: (signal: AbortSignal) => Promise<void>,
  mayPass: (thrown: unknown) => boolean,
): Promise<void> {
  const { blocked } = route.tally;
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
        route.log.error({ err: thrown }, `${what} ${trouble}; what needs it waits until that is repaired`);
      blocked.set(what, reason);
      await route.clock.sleep(backoffMs(failures, PAUSES), cancel);
      if (cancel.aborted) throw thrown;
    }
  }
}

/** Of what is published: all but what is this one message's own fault. */
export function isNotTheMessage(thrown: unknown): boolean {
  return refusalOf(thrown) !== 'message';
}

/** Of what must be done whatever the failure is. */
export function always(): boolean {
  return true;
}

/** Of a settlement: to try again may help. */
export function isAway(thrown: unknown): boolean {
  return refusalOf(thrown) === 'away' && !isUnknown(thrown);
}

/** Of a settlement: it came too late, or may have been carried out. It is not tried again. */
export function isUnknown(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.code === 'SLU3003';
}
