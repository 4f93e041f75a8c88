import { reasonOf, SluiceError } from '../errors.ts';
import type { Route } from './route.ts';

/** First and longest pause between tries, in milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Does something that must be durable, again and again while it fails for a passing reason: the event is held meanwhile, so the source is
 * slowed down and nothing is lost. Rejects when it failed for good (unless `insist` is `always`), or when `cancel` was aborted. The trigger
 * says so while it lasts (`tally.blocked`).
 */
export async function persist(
  what: string,
  { route, cancel }: { readonly route: Route; readonly cancel: AbortSignal },
  step: (signal: AbortSignal) => Promise<void>,
  insist: 'transient' | 'always' = 'transient',
): Promise<void> {
  const { blocked } = route.tally;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await step(cancel);
      blocked.delete(what);
      return;
    } catch (thrown) {
      if (!(insist === 'always' || isAway(thrown)) || cancel.aborted) {
        blocked.delete(what);
        throw thrown;
      }
      const reason = `${what} is away: ${reasonOf(thrown)}`;
      if (blocked.get(what) !== reason)
        route.log.error({ err: thrown }, `${what} is away; what needs it is held until it is back`);
      blocked.set(what, reason);
      await route.clock.sleep(pauseMs, cancel);
      if (cancel.aborted) throw thrown;
    }
  }
}

/** To try again may help. A settlement that came too late, or that may have been carried out (SLU3003), is not tried again. */
export function isAway(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.transient && thrown.code !== 'SLU3003';
}
