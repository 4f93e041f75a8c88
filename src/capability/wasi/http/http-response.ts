import { OutputTooLarge } from '../../../component/glue/glue-boundary.ts';
import { type GuestHost, WitError } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import type { HttpFields } from './http-fields.ts';
import { OutgoingBody } from './http-request.ts';

/** Of a response's body, in bytes: nobody reads more than its start. */
const MOST_BODY_BYTES = 8 * 2 ** 20;
/** Bytes of a body that are kept, to say what was wrong. */
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

  /** The first of the body, as text. */
  get start(): string {
    return Buffer.from(this.#start).toString();
  }

  /** A body without an end is ended here. */
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

/** What a handler answered: a response, or the error that it had instead. */
export type HttpAnswer =
  | { readonly tag: 'ok'; readonly val: OutgoingResponse }
  | { readonly tag: 'err'; readonly val: unknown };

/** `response-outparam`: where a handler puts its answer. The handle is given away by that, so it can't be set twice. */
export class ResponseOutparam extends HostResource {
  #answer: HttpAnswer | undefined;

  static set(param: ResponseOutparam, answer: HttpAnswer): void {
    param.#answer = answer;
    param[Symbol.dispose]();
  }

  /** Nobody waits for anything but the answer. */
  sendInformational(): never {
    throw new WitError({ tag: 'internal-error', val: 'an event has no use for it' });
  }

  /** `undefined`: none was given. */
  get answer(): HttpAnswer | undefined {
    return this.#answer;
  }
}
