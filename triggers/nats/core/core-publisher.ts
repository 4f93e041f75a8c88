import { type AdapterContext, type Message, type Publisher, type PublisherSupports } from '#trigger';
import { Link } from '../connection/link.ts';
import { deniedError, jetStreamError } from '../connection/nats-error.ts';
import { outgoing, refuseHeaders, sendingError } from '../messages/outgoing.ts';
import type { SubjectOf } from '../messages/subject.ts';

/** Publishes to present subscribers. Its own server confirms a message; no server stores it. */
export class CorePublisher implements Publisher {
  readonly supports: PublisherSupports = { durable: false, deduplicates: false, headers: true, keys: false };
  readonly #link: Link;
  readonly #subjectOf: SubjectOf;

  private constructor(link: Link, subjectOf: SubjectOf) {
    this.#link = link;
    this.#subjectOf = subjectOf;
  }

  /** Rejects with SLU3301 or SLU3302. */
  static async open(subjectOf: SubjectOf, context: AdapterContext, signal: AbortSignal): Promise<CorePublisher> {
    return new CorePublisher(await Link.open(context, signal), subjectOf);
  }

  async publish(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    const sent = messages.map((message) => outgoing(message, this.#subjectOf(message), []));
    await this.#link.whileConnected(signal, async () => {
      const deniedBefore = this.#link.denied;
      for (const message of sent) {
        const { subject, data, headers } = message;
        refuseHeaders(message, this.#link.nc.info);
        try {
          this.#link.nc.publish(subject, data, headers === undefined ? {} : { headers });
        } catch (thrown) {
          // For example, a closed connection: not the message's fault.
          throw jetStreamError('SLU3309', `a message to '${subject}'`, sendingError(thrown, message));
        }
      }
      if (sent.length > 0) await this.#link.nc.flush();
      await this.#link.statusesRead();
      const { denied } = this.#link;
      if (denied !== deniedBefore && sent.some(({ subject }) => subject === denied?.subject))
        throw deniedError(denied!);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }
}
