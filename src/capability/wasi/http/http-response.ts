import { OutputTooLarge } from '../../../component/glue/glue-boundary.ts';
import { type GuestHost, WitError } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import type { HttpFields } from './http-fields.ts';
import { OutgoingBody } from './http-request.ts';

/** Limit of a response's body, in bytes: only its start is ever read. */
const MOST_BODY_BYTES = 8 * 2 ** 20;
/** Bytes of a body that are kept, for the reason of a failure. */
const KEPT_BYTES = 1024;

/** `outgoing-response` of wasi:http/types. */
export class OutgoingResponse extends HostResource {
  readonly #headers: HttpFields;
  #status = 200;
  #start: Uint8Array = new Uint8Array();
  #bytes = 0;
  #bodyTaken = false;

  constructor(host: GuestHost, headers: HttpFields) {
    super(host);
    this.#headers = headers;
  }

  statusCode(): number {
    return this.#status;
  }

  setStatusCode(status: number): void {
    if (status < 100 || status > 599) throw new WitError(undefined);
    this.#status = status;
  }

  headers(): HttpFields {
    return this.#headers.frozen();
  }

  body(): OutgoingBody {
    if (this.#bodyTaken) throw new WitError(undefined);
    this.#bodyTaken = true;
    return new OutgoingBody(this.host, { write: (bytes) => this.#written(bytes) });
  }

  /** The first value of a header, as text. */
  header(name: string): string | undefined {
    const [value] = this.#headers.get(name);
    return value && Buffer.from(value).toString('latin1');
  }

  /** The start of the body, as text. */
  get start(): string {
    return Buffer.from(this.#start).toString();
  }

  /** An endless body ends here. */
  #written(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#bytes > MOST_BODY_BYTES) throw new OutputTooLarge(`a response may have ${MOST_BODY_BYTES} bytes`);
    const room = KEPT_BYTES - this.#start.length;
    if (room > 0) this.#start = Buffer.concat([this.#start, bytes.subarray(0, room)]);
  }

  protected override release(): void {
    this.#headers[Symbol.dispose]();
  }
}

/** A handler's answer: a response, or an error instead. */
export type HttpAnswer =
  | { readonly tag: 'ok'; readonly val: OutgoingResponse }
  | { readonly tag: 'err'; readonly val: unknown };

/** `response-outparam`: takes a handler's answer. Setting it consumes the handle, so it can't be set twice. */
export class ResponseOutparam extends HostResource {
  #answer: HttpAnswer | undefined;

  static set(param: ResponseOutparam, answer: HttpAnswer): void {
    param.#answer = answer;
    param[Symbol.dispose]();
  }

  /** Sluice waits only for the answer. */
  sendInformational(): never {
    throw new WitError({ tag: 'internal-error', val: 'an event has no use for it' });
  }

  /** `undefined`: the handler set none. */
  get answer(): HttpAnswer | undefined {
    return this.#answer;
  }
}
