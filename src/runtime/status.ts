import type { Supervisor, TriggerState } from '../dispatch/supervisor.ts';
import type { OutcomeKind } from '../outcome.ts';
import type { SourcePart } from '../trigger/trigger.ts';

/** One trigger as `/triggers`, the banner and `--json` show it. */
export interface TriggerStatus {
  readonly name: string;
  readonly type: string;
  readonly destination: string;
  readonly component: string;
  readonly state: TriggerState;
  /** Why it is not running, or what blocks it. */
  readonly reason?: string;
  readonly restarts: number;
  /** Deliveries that are unsettled now. */
  readonly held: number;
  readonly taken: number;
  readonly outcomes: Readonly<Record<OutcomeKind, number>>;
  readonly accepted: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly dropped: number;
  readonly unconfirmed: number;
  readonly discarded: number;
  readonly published: number;
  /** Events ready in the source, if known. */
  readonly ready?: number;
  /** Events in the source that wait for a time, if known. */
  readonly waiting?: number;
  /** Age of the oldest ready event in milliseconds, if known. */
  readonly oldestMs?: number;
  /** Parts of the source that this process has: partitions. */
  readonly parts?: readonly SourcePart[];
  /** Further facts about the source. */
  readonly source?: Readonly<Record<string, string | number | boolean>>;
}

/** Reads one trigger's status, its backlog included. A backlog that can't be read is left out. */
export async function statusOf(supervisor: Supervisor): Promise<TriggerStatus> {
  supervisor.countSourceDrops();
  const { name, state, reason, restarts, held, context } = supervisor;
  const { outcomes, taken, accepted, retried, deadLettered, dropped, unconfirmed, discarded, published } =
    context.tally;
  const { system, destination, component } = context.facts;
  const parts = supervisor.parts();
  const source = supervisor.facts();
  const backlog = await supervisor.backlog()?.catch(() => undefined);
  return {
    name,
    type: system,
    destination,
    component,
    state,
    ...(reason === undefined ? {} : { reason }),
    restarts,
    held,
    taken,
    outcomes: { ...outcomes },
    accepted,
    retried,
    deadLettered,
    dropped,
    unconfirmed,
    discarded,
    published,
    ...backlog,
    ...(parts.length === 0 ? {} : { parts }),
    ...(source === undefined ? {} : { source }),
  };
}
