import type { Header, Message, TriggerEvent } from '../event.ts';
import { messageId } from './message-id.ts';
import type { Outlet } from './outlet.ts';

/** An event given up on, with what is known about why. */
export interface DeadLetter {
  readonly trigger: string;
  readonly component: string;
  readonly event: TriggerEvent;
  /** The attempt that was the last. */
  readonly attempt: number;
  /** `failed`, `rejected`, `trapped`, `timed-out`. */
  readonly outcome: string;
  readonly reason: string;
  readonly traceId: string | undefined;
}

/** Where the dead letters of one trigger go. */
export interface DeadLetters {
  /** For logs: `store`, `drop`, `output orders-dead`. */
  readonly destination: string;
  /** `false` when letters are not kept, as the manifest demanded. */
  readonly keeps: boolean;
  /** Resolves when the letter is durable; rejects with a SluiceError when that is not known. */
  put(letter: DeadLetter, signal: AbortSignal): Promise<void>;
}

/** `dead_letter = "drop"`: nothing is kept, because the manifest said so. */
export const dropped: DeadLetters = { destination: 'drop', keeps: false, put: () => Promise.resolve() };

/** `dead_letter = OUTPUT`: the event as a message, with what happened to it in headers. */
export function toOutput(outlet: Outlet): DeadLetters {
  return {
    destination: `output ${outlet.name}`,
    keeps: true,
    put: (letter, signal) => outlet.publish([deadLetterMessage(letter)], signal),
  };
}

/** The original event, unchanged but for added `sluice-dead-*` headers. Its id is stable, so that a repeated put can be deduplicated. */
export function deadLetterMessage({
  trigger,
  component,
  event,
  attempt,
  outcome,
  reason,
  traceId,
}: DeadLetter): Message {
  const about: Header[] = [
    ['sluice-dead-trigger', trigger],
    ['sluice-dead-component', component],
    ['sluice-dead-source', event.source],
    ['sluice-dead-subject', event.subject],
    ['sluice-dead-id', event.id],
    ['sluice-dead-attempt', String(attempt)],
    ['sluice-dead-outcome', outcome],
    ['sluice-dead-reason', headerValue(reason)],
  ];
  if (traceId !== undefined) about.push(['sluice-dead-trace', traceId]);
  return {
    id: messageId(trigger, event, 'dead'),
    ...(event.key === undefined ? {} : { key: event.key }),
    ...(event.contentType === undefined ? {} : { contentType: event.contentType }),
    headers: [...event.headers, ...about],
    data: event.data,
  };
}

const LONGEST_HEADER_VALUE = 1024;

/** A reason is a guest's own text: one line of printable ASCII, so that every broker takes it as a header. */
function headerValue(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, LONGEST_HEADER_VALUE);
}
