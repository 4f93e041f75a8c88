import { atMost, type Clock, type Settlement, SluiceError } from '#trigger';
import { ClosedConnectionError, type NatsConnection } from '@nats-io/transport-node';
import type { Link } from '../connection/link.ts';
import { acknowledgementOf, isRepeatable } from './reply-subject.ts';

/** A message, by its reply subject, and its settlement. */
export interface Acknowledgement {
  readonly delivery: { readonly reply: string };
  readonly settlement: Settlement;
}

/** The acknowledgements of one call. */
interface Pending {
  readonly acks: readonly Acknowledgement[];
  readonly resolve: (unconfirmed: readonly Acknowledgement[]) => void;
}

const NONE: readonly Acknowledgement[] = [];
const ACCEPT_END = ' 4\r\n+ACK\r\n';

/** The first wait for an answer, in milliseconds. After that, each is confirmed alone, with this pause between tries. */
const ANSWER_MS = 2000;
const PAUSE_MS = 250;

/**
 * Confirms acknowledgements, many with one answer.
 *
 * All acknowledgements of one turn of the event loop are sent together, and only the last requests an answer. The server handles the
 * acknowledgements of one consumer in the order in which one connection sent them (`processInboundAcks` in nats-server's consumer.go; a replicated
 * consumer answers once the entry, and so every earlier one, is in the log of its quorum), so that answer confirms all. If it does not come, each is
 * sent and confirmed separately, across reconnects and elections, for up to `patienceMs`. Measured in turn with the client's `ack()`, which is
 * unconfirmed: three quarters of its rate; confirming each by itself, 256 at once, would be a seventh.
 *
 * A consumer that loses its leader between two of them can lose an earlier one unnoticed: a duplicate, never a loss.
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

  /** Resolves when the server has confirmed them, with those whose result is unknown: these messages may come again. Never rejects. */
  settle<T extends Acknowledgement>(acks: readonly T[]): Promise<readonly T[]> {
    if (this.#unanswered === 0) this.#idle = Promise.withResolvers<void>();
    this.#unanswered += 1;
    return new Promise((resolve) => {
      // Some of these are returned.
      this.#group.push({ acks, resolve: resolve as Pending['resolve'] });
      if (this.#group.length === 1) setImmediate(() => void this.#flush());
    });
  }

  /** When `cancel` is aborted, nothing is tried again, and waits for answers end. */
  heed(cancel: AbortSignal): void {
    if (cancel === this.#heeded) return;
    this.#heeded = cancel;
    if (cancel.aborted) this.#ending.abort();
    else cancel.addEventListener('abort', () => this.#ending.abort(), { once: true });
  }

  /** Resolves when nothing waits for an answer. After `ms` milliseconds, the remaining waits end. */
  async idle(ms: number): Promise<void> {
    await atMost(ms, this.#idle.promise, this.#clock);
    this.#ending.abort();
    await this.#idle.promise;
  }

  /** Never rejects. */
  async #flush(): Promise<void> {
    const group = this.#group;
    this.#group = [];
    const { connected } = this.#link;
    const isConfirmed = connected && (await this.#askAll(group));
    if (connected && !isConfirmed) void this.#link.probe();
    await Promise.all(group.map((pending) => this.#answer(pending, isConfirmed)));
  }

  async #answer({ acks, resolve }: Pending, isConfirmed: boolean): Promise<void> {
    if (isConfirmed) resolve(NONE);
    else {
      const confirmed = await Promise.all(acks.map((one) => this.#insist(one)));
      resolve(acks.filter((_, n) => !confirmed[n]));
    }
    this.#unanswered -= 1;
    if (this.#unanswered === 0) this.#idle.resolve();
  }

  /** Sends all together and requests an answer with the last. Resolves to whether it came in this session. */
  async #askAll(group: readonly Pending[]): Promise<boolean> {
    const commands: string[] = [];
    let last: Acknowledgement | undefined;
    for (const { acks } of group) {
      for (const one of acks) {
        if (last !== undefined) commands.push('PUB ', last.delivery.reply, endOf(last.settlement));
        last = one;
      }
    }
    if (last === undefined) return true;
    try {
      // A publish for each would cost a string, two buffers and three checks of a subject that the server itself made.
      if (commands.length > 0) sendCommands(this.#link.nc, commands.join(''));
    } catch {
      return false; // the connection was closed
    }
    return this.#ask(last);
  }

  async #ask({ delivery, settlement }: Acknowledgement): Promise<boolean> {
    const { nc, session } = this.#link;
    const lost = Promise.withResolvers<false>();
    const lose = (): void => lost.resolve(false);
    session.addEventListener('abort', lose, { once: true });
    this.#ending.signal.addEventListener('abort', lose, { once: true });
    try {
      const answer = nc.request(delivery.reply, acknowledgementOf(settlement), { timeout: ANSWER_MS }).then(
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

  /** Resolves to whether it was finally confirmed. */
  async #insist(one: Acknowledgement): Promise<boolean> {
    const until = this.#clock.now() + this.#patienceMs;
    while (isRepeatable(one.settlement) && !this.#ending.signal.aborted && this.#clock.now() < until) {
      if (this.#link.connected && (await this.#ask(one))) return true;
      await this.#clock.sleep(PAUSE_MS, this.#ending.signal);
    }
    return false;
  }
}

/** The rest of the command that publishes an acknowledgement, after the subject. */
function endOf(settlement: Settlement): string {
  const text = acknowledgementOf(settlement);
  return text === '+ACK' ? ACCEPT_END : ` ${text.length}\r\n${text}\r\n`;
}

/** A message was acknowledged, and the result is unknown. */
export function unconfirmed(): SluiceError {
  return new SluiceError('SLU3003', 'NATS did not confirm an acknowledgement', {
    transient: true,
    state: 'the message is delivered again after the ack_wait of the consumer, unless the acknowledgement did arrive',
  });
}

/**
 * The client's connections have it (nats-core 3.4), though its declarations leave it out: commands of the protocol, sent in order with what
 * `publish` is given.
 */
interface Commanded {
  readonly protocol: { sendCommand(commands: string): void };
}

/** Sends commands of NATS' protocol together. Throws if the connection is closed or closing. */
export function sendCommands(nc: NatsConnection, commands: string): void {
  if (nc.isClosed() || nc.isDraining()) throw new ClosedConnectionError();
  (nc as NatsConnection & Commanded).protocol.sendCommand(commands);
}
