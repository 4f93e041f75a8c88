import {
  type AdapterContext,
  type Header,
  type Message,
  type Published,
  type Publisher,
  type PublisherSupports,
  SluiceError,
} from '#trigger';
import { Link } from '../connection/link.ts';
import { isNoResponders, isTimeout, jetStreamError, permissionViolation } from '../connection/nats-error.ts';
import { type Outgoing, outgoing, refuseHeaders, sendingError } from '../messages/outgoing.ts';
import { backTo, type SubjectOf } from '../messages/subject.ts';
import type { CreateOptions } from '../options/trigger-options.ts';
import { isOutOfBytes, publishAnswer, publishRefusal } from './publish-answer.ts';
import { ensureStream, managerOf, probeStream } from './stream.ts';

/** How long a stream may take to store a message. */
const STORE_TIMEOUT_MS = 5000;
/** Messages that wait for their confirmation at once. */
const MOST_UNCONFIRMED = 512;

export interface StreamPublisherOptions {
  /** The subject of a message. Absent: back to a subject that the stream stores. */
  readonly subjectOf?: SubjectOf;
  /** The stream that must store them; required without `subjectOf`. */
  readonly stream: string | undefined;
  readonly create: CreateOptions | undefined;
}

/**
 * Publishes to a subject that a stream stores. The stream confirms each message. One that it has seen within its duplicate window, by its
 * `Nats-Msg-Id`, is confirmed but not stored again.
 */
export class StreamPublisher implements Publisher {
  readonly supports: PublisherSupports = { durable: true, deduplicates: true, headers: true, keys: false };
  readonly #link: Link;
  readonly #subjectOf: SubjectOf;
  readonly #own: readonly Header[];

  private constructor(link: Link, subjectOf: SubjectOf, stream: string | undefined) {
    this.#link = link;
    this.#subjectOf = subjectOf;
    this.#own = stream === undefined ? [] : [['Nats-Expected-Stream', stream]];
  }

  /** Rejects with SLU3301 to SLU3304, or SLU3310. Only a publish shows that no stream stores a subject. */
  static async open(
    options: StreamPublisherOptions,
    context: AdapterContext,
    signal: AbortSignal,
  ): Promise<StreamPublisher> {
    await using opening = new AsyncDisposableStack();
    const link = opening.use(await Link.open(context, signal));
    const { stream, create } = options;
    let { subjectOf } = options;
    if (stream !== undefined && (create !== undefined || subjectOf === undefined)) {
      const jsm = await managerOf(link);
      const { config } = await ensureStream(jsm, { stream, create, update: false }, context.log);
      subjectOf ??= backTo(config.subjects);
    }
    signal.throwIfAborted();
    opening.move();
    return new StreamPublisher(link, subjectOf ?? backTo([]), stream);
  }

  /** Rejects as `open` would, and creates no stream. */
  static async probe(
    { stream, create }: StreamPublisherOptions,
    context: AdapterContext,
    signal: AbortSignal,
  ): Promise<void> {
    await using link = await Link.open(context, signal);
    if (stream !== undefined && create !== undefined) await probeStream(await managerOf(link), { stream, create });
  }

  async publish(messages: readonly Message[], signal: AbortSignal): Promise<Published> {
    const sent = messages.map((message) => {
      const id: readonly Header[] = message.id === undefined ? [] : [['Nats-Msg-Id', idOf(message.id)]];
      return outgoing(message, this.#subjectOf(message), [...id, ...this.#own]);
    });
    let duplicates = 0;
    for (let at = 0; at < sent.length; at += MOST_UNCONFIRMED) {
      const known = await this.#link.whileConnected(signal, () =>
        Promise.all(sent.slice(at, at + MOST_UNCONFIRMED).map((one) => this.#store(one))),
      );
      duplicates += known.filter(Boolean).length;
    }
    return { duplicates };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }

  /** Resolves to whether the stream already had it. */
  async #store(message: Outgoing): Promise<boolean> {
    const { subject, data, headers } = message;
    refuseHeaders(message, this.#link.nc.info);
    try {
      const options = { timeout: STORE_TIMEOUT_MS };
      const answer = await this.#link.nc.request(
        subject,
        data,
        headers === undefined ? options : { ...options, headers },
      );
      const answered = publishAnswer(answer.data);
      const refused = publishRefusal(answered, subject);
      if (refused === undefined) return answered.duplicate === true;
      throw isOutOfBytes(answered) && (await this.#isLargerThan(answered.stream, message))
        ? tooLarge(refused)
        : refused;
    } catch (thrown) {
      throw storingError(sendingError(thrown, message), subject);
    }
  }

  /** Whether a stream has no room for a message even when it is empty. `false` when that is unknown: then the message waits. */
  async #isLargerThan(stream: string | undefined, { data, headers }: Outgoing): Promise<boolean> {
    if (stream === undefined) return false;
    const bytes = data.byteLength + (headers?.encode().byteLength ?? 0);
    try {
      const { config } = await (await managerOf(this.#link)).streams.info(stream);
      return config.max_bytes > 0 && bytes >= config.max_bytes;
    } catch {
      return false;
    }
  }
}

function tooLarge({ message, cause }: SluiceError): SluiceError {
  return new SluiceError('SLU3309', `${message}, by this message alone`, {
    cause,
    ofMessage: true,
    fix: 'raise max_bytes of the stream, or send a reference to the data',
  });
}

/** Escaped for a header: ids contain text from events. */
function idOf(id: string): string {
  return encodeURI(id.toWellFormed());
}

function storingError(thrown: unknown, subject: string): unknown {
  if (thrown instanceof SluiceError) return thrown;
  if (isNoResponders(thrown)) {
    return new SluiceError('SLU3309', `no stream stores '${subject}', or it has no leader at the moment`, {
      cause: thrown,
      transient: true,
      fix: `nats stream add NAME --subjects '${subject}', or mode = "core" in the output`,
    });
  }
  if (permissionViolation(thrown) !== undefined || !isTimeout(thrown)) {
    return jetStreamError('SLU3309', `a message to '${subject}'`, thrown);
  }
  return new SluiceError('SLU3309', `no stream confirmed a message to '${subject}' within ${STORE_TIMEOUT_MS} ms`, {
    cause: thrown,
    transient: true,
  });
}
