import { type GuestHost, WitError } from '../../capability.ts';
import { MOST_EARLY_BYTES } from '../../http-client/operations.ts';
import { httpError } from './http-error.ts';
import type { HttpExchange } from './http-exchange.ts';
import { Gate } from '../readiness.ts';
import { type ByteSink, CLOSED } from '../streams.ts';

/** Limit of the bytes that an instance has written and not sent, over all its requests. */
const earlyBytes = new WeakMap<GuestHost, number>();

/**
 * The body of a request. Bytes that the guest writes before it sends the request wait here. After that, each piece goes to main, and the guest may
 * write the next one when main has passed it on.
 */
export class HttpUpload implements ByteSink {
  readonly readiness = new Gate(true);
  readonly #host: GuestHost;
  #early: Uint8Array[] = [];
  #exchange: HttpExchange | undefined;
  #state: 'open' | 'finished' | 'abandoned' = 'open';
  #refusal: WitError<unknown> | undefined;

  constructor(host: GuestHost) {
    this.#host = host;
  }

  write(piece: Uint8Array): void {
    this.check();
    if (piece.length === 0) return;
    if (this.#exchange === undefined) this.#keep(piece);
    else this.#pass(this.#exchange, piece);
  }

  check(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** It is whole. */
  finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'finished';
    void this.#exchange?.ask('finish');
  }

  /** The guest dropped the body without finishing it: the server must not take it for a complete one. */
  abandon(): void {
    if (this.#state !== 'open') return;
    this.#state = 'abandoned';
    void this.#exchange?.ask('close');
  }

  /** Attaches the body to this exchange. Throws a WitError if the body can no longer be complete. */
  goWith(exchange: HttpExchange): { readonly body: Uint8Array | undefined; readonly more: boolean } {
    if (this.#state === 'abandoned') throw httpError({ tag: 'HTTP-protocol-error' });
    const more = this.#state === 'open';
    const body = this.#early.length === 0 ? undefined : Buffer.concat(this.#early);
    this.drop();
    if (more) this.#exchange = exchange;
    return { body, more };
  }

  /** Discards the bytes that wait here. */
  drop(): void {
    this.#count(-this.#early.reduce((sum, { length }) => sum + length, 0));
    this.#early = [];
  }

  #keep(piece: Uint8Array): void {
    this.#count(piece.length);
    this.#early.push(piece.slice());
  }

  #count(bytes: number): void {
    const held = (earlyBytes.get(this.#host) ?? 0) + bytes;
    if (held > MOST_EARLY_BYTES)
      throw new Error(`bodies of more than ${MOST_EARLY_BYTES} bytes must be written after their request was sent`);
    earlyBytes.set(this.#host, held);
  }

  #pass(exchange: HttpExchange, piece: Uint8Array): void {
    this.readiness.close();
    void exchange.ask('write', piece).then((answer) => {
      if (answer.kind === 'failed') this.#refusal = httpError(answer.code);
      else if (answer.kind === 'over') this.#refusal = new WitError(CLOSED);
      this.readiness.open();
    });
  }
}
