import type { CallerCall, GuestLog } from '../capability/capability.ts';
import type { Header, Message, TriggerEvent } from '../event.ts';
import type { Outcome } from '../outcome.ts';

export type { GuestLog };
/** What a guest sends over HTTP during a call. */
export type ClientRequest = Parameters<CallerCall['requesting']>[0];
export type RequestSpan = NonNullable<ReturnType<CallerCall['requesting']>>;

/** How long a call took and what it cost, beside its outcome. */
export interface CallTiming {
  /** Milliseconds of wall time in the guest. 0 when it never started. */
  readonly durationMs: number;
  /** Milliseconds between `submit` and the start of the call. */
  readonly waitedMs: number;
  /** Whether an instance had to be made for this call. */
  readonly cold: boolean;
}

/** One event for one instance, as the dispatcher submits it. The pool calls `finished` or `returned`, once, on the main thread. */
export interface Call {
  readonly event: TriggerEvent;
  readonly attempt: number;
  /** Added to the event's headers for the component: the trace context. */
  readonly extraHeaders: readonly Header[];
  /** Calls of different sources share a pool fairly, one in turn. Any value; compared by identity. */
  readonly source: unknown;
  /** Whether calls of its source must wait for now, whatever is free: no thread gets them. `CallTarget.resume` tells that they may go. */
  readonly withheld?: boolean;
  /** Calls of one source and lane run one at a time, in the order in which they are submitted. Absent: no order. */
  readonly lane?: string | undefined;
  /** Aborted when nothing that comes of it counts any more. Calls that are lost together have the same. */
  readonly loss?: AbortSignal | undefined;
  /** The longest that the call may take, in milliseconds, from the moment the guest is entered. */
  readonly timeoutMs: number;
  log(record: GuestLog): void;
  /** Its guest sends a request. Absent: nobody traces it. */
  requesting?(request: ClientRequest): RequestSpan;
  /** Its guest publishes to an output of the manifest, see `CallerCall`. Absent: there are no outputs. */
  publish?(output: string, message: Message, signal: AbortSignal): Promise<void>;
  finished(outcome: Outcome, timing: CallTiming): void;
  /** It was not begun: one ahead of it in its lane did not complete, which is told next. It may be submitted again when that is dealt with. */
  returned(): void;
}
