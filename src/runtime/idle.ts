import type { Clock } from '../clock.ts';
import type { Supervisor } from '../dispatch/supervisor.ts';

const LOOK_EVERY_MS = 50;

/**
 * Resolves when, for `quietMs` milliseconds without a break, no trigger held an event, none had one ready, and no retry was due; or when `signal` is
 * aborted. Events that are scheduled for later (delayed publishes, future slots) don't count. A trigger that can't be reached is not idle: its
 * events are unknown.
 */
export async function idle(
  supervisors: readonly Supervisor[],
  quietMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  // Measured from the first of several quiet checks: one check may miss an event on its way from the source, two in a row can't.
  let quietSince: number | undefined;
  while (!signal.aborted && (quietSince === undefined || clock.now() - quietSince < quietMs)) {
    await clock.sleep(Math.min(LOOK_EVERY_MS, quietMs), signal);
    const busy = await Promise.all(supervisors.map((supervisor) => isBusy(supervisor, clock)));
    quietSince = busy.includes(true) ? undefined : (quietSince ?? clock.now());
  }
}

async function isBusy(supervisor: Supervisor, clock: Clock): Promise<boolean> {
  if (supervisor.state === 'failed') return false;
  if (supervisor.state === 'opening' || supervisor.held > 0 || clock.now() < supervisor.context.tally.lastRetryDue)
    return true;
  try {
    return ((await supervisor.backlog())?.ready ?? 0) > 0;
  } catch {
    return true;
  }
}
