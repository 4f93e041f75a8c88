import type { DeadLetterStore, StoredLetter } from '../../dispatch/dead-letters/dead-letter-store.ts';
import { withoutHops } from '../../dispatch/outputs/published-message.ts';
import { SluiceError } from '../../errors.ts';
import type { Message } from '../../event.ts';
import type { Publisher } from '../../publisher.ts';
import { namedTrigger } from '../manifest/named-trigger.ts';
import type { OpenAdapters } from '../manifest/open-adapters.ts';

export interface Replayed {
  readonly replayed: number;
  readonly refused: readonly Refused[];
}

/** A letter that its source will never accept. */
export interface Refused {
  readonly number: number;
  readonly error: SluiceError;
}

/** Letters per publish. */
const BATCH = 100;
const REPLAY_MS = 30_000;

/** The sources that dead letters go back to, each opened once. */
export class ReplaySources implements AsyncDisposable {
  readonly #open: OpenAdapters;
  readonly #stack = new AsyncDisposableStack();
  readonly #publishers = new Map<string, Publisher>();

  constructor(open: OpenAdapters) {
    this.#open = open;
  }

  /** Publishes letters of one trigger to its source, and removes them. Rejects when the source can't be reached. */
  async replay(trigger: string, letters: readonly StoredLetter[], store: DeadLetterStore): Promise<Replayed> {
    return replayAll(letters, await this.#of(trigger), store);
  }

  async #of(trigger: string): Promise<Publisher> {
    const known = this.#publishers.get(trigger);
    if (known !== undefined) return known;
    const { app, adapters } = this.#open;
    const publisher = this.#stack.use(
      await adapters.openPublisher(namedTrigger(app, trigger), new AbortController().signal),
    );
    this.#publishers.set(trigger, publisher);
    return publisher;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Publishes first, then removes: a crash in between may duplicate an event but loses none. */
async function replay(letters: readonly StoredLetter[], publisher: Publisher, store: DeadLetterStore): Promise<number> {
  await publisher.publish(letters.map(messageOf), AbortSignal.timeout(REPLAY_MS));
  return store.remove(letters.map(({ number }) => number));
}

/** If the source refuses a batch, its letters are replayed one by one, so that one bad letter does not block the others. */
async function replayAll(
  letters: readonly StoredLetter[],
  publisher: Publisher,
  store: DeadLetterStore,
): Promise<Replayed> {
  const refused: Refused[] = [];
  let replayed = 0;
  for (let at = 0; at < letters.length; at += BATCH) {
    const batch = letters.slice(at, at + BATCH);
    try {
      replayed += await replay(batch, publisher, store);
    } catch (thrown) {
      if (!isRefusal(thrown)) throw thrown;
      for (const letter of batch) {
        try {
          replayed += await replay([letter], publisher, store);
        } catch (each) {
          if (!isRefusal(each)) throw each;
          refused.push({ number: letter.number, error: each });
        }
      }
    }
  }
  return { replayed, refused };
}

function isRefusal(thrown: unknown): thrown is SluiceError {
  return thrown instanceof SluiceError && thrown.ofMessage;
}

/** The message goes back to the place where the source had it, not to the event's subject, which the sender chose. */
function messageOf({ event, place, number, deadAt }: StoredLetter): Message {
  const { subject, key, contentType, headers, data } = event;
  return {
    id: `replay/${number}/${deadAt}`,
    subject: place ?? subject,
    ...(key === undefined ? {} : { key }),
    ...(contentType === undefined ? {} : { contentType }),
    headers: withoutHops(headers), // a person starts it anew
    data,
  };
}
