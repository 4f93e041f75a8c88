import type { Header, Message, TriggerEvent } from '../../event.ts';
import type { Logger } from '../../logger.ts';
import { type Publisher, refusalOf } from '../../publisher.ts';
import type { Outlet } from '../outputs/outlet.ts';
import type { CommitGroup } from '../outputs/outputs.ts';
import { hopsOf, messageId, withHops } from '../outputs/published-message.ts';

/** An event given up on, with what is known about why. */
export interface DeadLetter {
  readonly trigger: string;
  readonly component: string;
  readonly event: TriggerEvent;
  /** Where its source has it: see Delivery. Kept apart from the event, parts of which its sender wrote. */
  readonly position: string;
  readonly place?: string;
  /** The last attempt. */
  readonly attempt: number;
  /** `failed`, `rejected`, `trapped`, `timed-out`. */
  readonly outcome: string;
  readonly reason: string;
  readonly traceId: string | undefined;
}

/** Called with the error when an output will never take a letter; it is kept elsewhere then. */
export type Refused = (thrown: unknown) => void;

/** Where the dead letters of one trigger go. */
export interface DeadLetters {
  /** For logs: `store`, `drop`, `output orders-dead`. */
  readonly destination: string;
  /** `false` if the manifest says to drop letters. */
  readonly keeps: boolean;
  /** Resolves when the letter is durable; rejects with a SluiceError when that is not known. */
  put(letter: DeadLetter, signal: AbortSignal, refused?: Refused): Promise<void>;
  /** The output that `put` publishes to. Absent: none. */
  readonly outlet?: Outlet;
  /** The letter as something that the source can commit with the settlement; `undefined` where it can't. Rejects like `put`. */
  group?(letter: DeadLetter, commits: (publisher: Publisher) => boolean): Promise<CommitGroup | undefined>;
}

/** `dead_letter = "drop"`: the manifest says that nothing is kept. */
export const dropped: DeadLetters = { destination: 'drop', keeps: false, put: () => Promise.resolve() };

/**
 * `dead_letter = OUTPUT`: the event as a message, with what happened to it in headers. A letter that the output will never take goes
 * to `store`: it must neither be lost nor hold up its trigger forever.
 */
export function toOutput(outlet: Outlet, store: DeadLetters, log: Logger): DeadLetters {
  return {
    destination: `output ${outlet.name}`,
    keeps: true,
    outlet,
    async put(letter, signal, refused) {
      try {
        await outlet.publish([deadLetterMessage(letter)], signal);
      } catch (thrown) {
        if (refusalOf(thrown) !== 'message' || signal.aborted) throw thrown;
        log.error(
          { err: thrown, output: outlet.name },
          'the output refuses a dead letter; it is kept in the local store',
        );
        refused?.(thrown);
        await store.put(letter, signal);
      }
    },
    async group(letter, commits) {
      const publisher = await outlet.open();
      return commits(publisher) ? { outlet, publisher, messages: [deadLetterMessage(letter)] } : undefined;
    },
  };
}

/** The names of headers about a dead letter begin with this. */
const ABOUT = 'sluice-dead-';

/**
 * The original event with new `sluice-dead-*` headers, which replace any that it brought: an event must not report its own end. The id is
 * stable, so that a repeated put can be deduplicated.
 */
export function deadLetterMessage({
  trigger,
  component,
  event,
  position,
  place,
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
    ['sluice-dead-position', position],
    ['sluice-dead-attempt', String(attempt)],
    ['sluice-dead-outcome', outcome],
    ['sluice-dead-reason', headerValue(reason)],
  ];
  if (place !== undefined) about.push(['sluice-dead-place', place]);
  if (traceId !== undefined) about.push(['sluice-dead-trace', traceId]);
  return {
    id: messageId(trigger, { position }, 'dead'),
    ...(event.key === undefined ? {} : { key: event.key }),
    ...(event.contentType === undefined ? {} : { contentType: event.contentType }),
    headers: withHops(
      [...event.headers.filter(([name]) => !name.toLowerCase().startsWith(ABOUT)), ...about],
      hopsOf(event.headers) + 1,
    ),
    data: event.data,
  };
}

const LONGEST_HEADER_VALUE = 1024;

/** A reason is a guest's own text: one line of printable ASCII, so that every broker takes it as a header. */
function headerValue(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, LONGEST_HEADER_VALUE);
}
