import { type Clock, SluiceError } from '#trigger';
import type { Link } from './link.ts';

const ACK = new TextEncoder().encode('+ACK');
const NAK = new TextEncoder().encode('-NAK');
const WORKING = new TextEncoder().encode('+WPI');

/** What JetStream can be told of a message (nats-architecture-and-design, ADR-13 and ADR-37). */
export const acknowledgement = {
  accept: () => ACK,
  working: () => WORKING,
  release: () => NAK,
  retry: (afterMs: number) =>
    new TextEncoder().encode(`-NAK ${JSON.stringify({ delay: Math.round(afterMs * 1_000_000) })}`),
  drop: (reason: string) => new TextEncoder().encode(`+TERM ${reason.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 512)}`),
};

interface Pending {
  /** The reply subject of the message. */
  readonly to: string;
  readonly payload: Uint8Array;
  /** Whether saying it twice is the same as saying it once, even after the message was delivered to somebody else. */
  readonly repeatable: boolean;
  readonly resolve: () => void;
  readonly reject: (error: SluiceError) => void;
}

/** The first wait for an answer; then each is asked for alone, with this pause between tries. */
const ANSWER_MS = 2000;
const PAUSE_MS = 250;

/**
 * Confirms acknowledgements, many with one answer.
 *
 * All that are given in one turn of the event loop are sent in one go, and only the last asks for an answer. The server handles the
 * acknowledgements of one consumer in the order in which one connection sent them (`processInboundAcks` in nats-server's consumer.go; a
 * replicated consumer answers once the entry, and so every earlier one, is in the log of its quorum), so that answer confirms all. When it
 * does not come, each is sent and confirmed for itself, across reconnects and elections, for as long as `patienceMs`. Measured in turn with
 * the client's `ack()`, which nobody confirms: three quarters of its rate; each confirmed for itself, 256 at once, would be a seventh.
 *
 * A consumer that loses its leader between two of them can lose one of the earlier ones without anybody knowing: a duplicate, never a loss.
 */
export class Settler {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #ending = new AbortController();
  #heeded: AbortSignal | undefined;
  #group: Pending[] = [];
  #unanswered = 0;
  #idle = Promise.withResolvers<void>();

  constructor(link: Link, clock: Clock, patienceMs: number) {
    this.#link = link;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#idle.resolve();
  }

  /** Resolves when the server has confirmed it. Rejects with SLU3003 when that is not known: the message may come again. */
  settle(to: string, payload: Uint8Array, repeatable: boolean): Promise<void> {
    if (this.#unanswered === 0) this.#idle = Promise.withResolvers<void>();
    this.#unanswered += 1;
    return new Promise((resolve, reject) => {
      this.#group.push({ to, payload, repeatable, resolve, reject });
      if (this.#group.length === 1) setImmediate(() => void this.#flush());
    });
  }

  /** Once it is aborted, nothing is insisted on any more: what waits for an answer then is given up. */
  heed(cancel: AbortSignal): void {
    if (cancel === this.#heeded) return;
    this.#heeded = cancel;
    if (cancel.aborted) this.#ending.abort();
    else cancel.addEventListener('abort', () => this.#ending.abort(), { once: true });
  }

  /** Resolves when nothing waits for an answer. After `ms` milliseconds, what still does is given up. */
  async idle(ms: number): Promise<void> {
    const waited = new AbortController();
    await Promise.race([this.#idle.promise, this.#clock.sleep(ms, waited.signal)]);
    waited.abort();
    this.#ending.abort();
    await this.#idle.promise;
  }

  /** Never rejects. */
  async #flush(): Promise<void> {
    const group = this.#group;
    this.#group = [];
    const last = group.pop();
    if (last === undefined) return;
    if (this.#link.connected && (await this.#ask(last, group))) {
      for (const one of [...group, last]) this.#answered(one);
      return;
    }
    if (this.#link.connected) void this.#link.probe();
    await Promise.all([...group, last].map((one) => this.#insist(one)));
  }

  /** Sends `before` without and `last` with a question, all in one go. Whether the answer came in this session. */
  async #ask(last: Pending, before: readonly Pending[] = []): Promise<boolean> {
    const { nc, session } = this.#link;
    const lost = Promise.withResolvers<false>();
    const lose = (): void => lost.resolve(false);
    session.addEventListener('abort', lose, { once: true });
    this.#ending.signal.addEventListener('abort', lose, { once: true });
    try {
      for (const { to, payload } of before) nc.publish(to, payload);
      const answer = nc.request(last.to, last.payload, { timeout: ANSWER_MS }).then(
        () => true,
        () => false,
      );
      return await Promise.race([answer, lost.promise]);
    } catch {
      return false; // the connection was closed
    } finally {
      session.removeEventListener('abort', lose);
      this.#ending.signal.removeEventListener('abort', lose);
    }
  }

  async #insist(one: Pending): Promise<void> {
    const until = this.#clock.now() + this.#patienceMs;
    while (one.repeatable && !this.#ending.signal.aborted && this.#clock.now() < until) {
      if (this.#link.connected && (await this.#ask(one))) return this.#answered(one);
      await this.#clock.sleep(PAUSE_MS, this.#ending.signal);
    }
    one.reject(
      new SluiceError('SLU3003', 'NATS did not confirm an acknowledgement', {
        transient: true,
        state:
          'the message is delivered again after the ack_wait of the consumer, unless the acknowledgement did arrive',
      }),
    );
    this.#done();
  }

  #answered(one: Pending): void {
    one.resolve();
    this.#done();
  }

  #done(): void {
    this.#unanswered -= 1;
    if (this.#unanswered === 0) this.#idle.resolve();
  }
}
