import { type GuestHost, WitError } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import type { Header } from '../../../event.ts';
import { httpError } from './http-error.ts';
import type { HttpExchange } from './http-exchange.ts';
import type { HttpFields } from './http-fields.ts';
import { HttpUpload } from './http-upload.ts';
import { type ByteSink, OutputStream } from '../streams.ts';

/** Limit of a path, a host or the name of a method or scheme, in UTF-16 code units: twice what servers accept. */
const LONGEST_PART = 16 * 1024;

/** `outgoing-request` of wasi:http/types: what a component says of a request before it is sent. */
export class OutgoingRequest extends HostResource {
  readonly #headers: HttpFields;
  #method: NamedPart = { tag: 'get' };
  #path: string | undefined;
  #scheme: NamedPart | undefined;
  #authority: string | undefined;
  #bodyTaken = false;
  #upload: HttpUpload | undefined;

  constructor(host: GuestHost, headers: HttpFields) {
    super(host);
    this.#headers = headers;
  }

  method(): NamedPart {
    return this.#method;
  }

  setMethod(method: NamedPart): void {
    checkPart(method.val);
    this.#method = method;
  }

  pathWithQuery(): string | undefined {
    return this.#path;
  }

  setPathWithQuery(path: string | undefined): void {
    checkPart(path);
    this.#path = path;
  }

  scheme(): NamedPart | undefined {
    return this.#scheme;
  }

  setScheme(scheme: NamedPart | undefined): void {
    checkPart(scheme?.val);
    this.#scheme = scheme;
  }

  authority(): string | undefined {
    return this.#authority;
  }

  setAuthority(authority: string | undefined): void {
    checkPart(authority);
    this.#authority = authority;
  }

  headers(): HttpFields {
    return this.#headers.frozen();
  }

  body(): OutgoingBody {
    if (this.#bodyTaken) throw new WitError(undefined);
    this.#bodyTaken = true;
    // Without a grant it is never sent: what is written goes nowhere.
    if (this.host.grants.http.length > 0) this.#upload = new HttpUpload(this.host);
    return new OutgoingBody(this.host, this.#upload);
  }

  /** Throws a WitError when there are some that no request may have. */
  fieldsToSend(): readonly Header[] {
    const fields = this.#headers.toSend();
    if (fields === undefined) throw httpError({ tag: 'HTTP-protocol-error' });
    return fields;
  }

  /** The start of its body; the rest is sent through that exchange. Throws a WitError if the body was dropped. */
  goWith(exchange: HttpExchange): { readonly body?: Uint8Array | undefined; readonly more: boolean } {
    return this.#upload?.goWith(exchange) ?? { more: false };
  }

  protected override release(): void {
    this.#upload?.drop();
    this.#headers[Symbol.dispose]();
  }
}

/** `method` and `scheme`: one of some names, or any other. */
export interface NamedPart {
  readonly tag: string;
  readonly val?: string;
}

/** The `err` of the setters has no value. */
function checkPart(part: string | undefined): void {
  if (part !== undefined && part.length > LONGEST_PART) throw new WitError(undefined);
}

/** The body of a request or response. */
export class OutgoingBody extends HostResource {
  readonly #sink: ByteSink;
  #taken = false;

  /** Default: what is written goes nowhere. */
  constructor(host: GuestHost, sink: ByteSink = { write: () => {} }) {
    super(host);
    this.#sink = sink;
  }

  /** Trailers are not sent: a request that must have some fails. */
  static finish(body: OutgoingBody, trailers: HttpFields | undefined): void {
    const sink = body.#sink;
    const isSent = sink instanceof HttpUpload;
    const lacks = isSent && trailers !== undefined && trailers.entries().length > 0;
    if (isSent && !lacks) sink.finish();
    body[Symbol.dispose]();
    trailers?.[Symbol.dispose]();
    if (lacks) throw httpError({ tag: 'internal-error', val: 'trailers of requests are not sent' });
  }

  /** Once. */
  write(): OutputStream {
    if (this.#taken) throw new WitError(undefined);
    this.#taken = true;
    return new OutputStream(this.host, this.#sink);
  }

  /** A body that is dropped before it is finished is not whole. */
  protected override release(): void {
    if (this.#sink instanceof HttpUpload) this.#sink.abandon();
  }
}

/** `request-options`: timeouts in nanoseconds. */
export class RequestOptions extends HostResource {
  #connect: bigint | undefined;
  #firstByte: bigint | undefined;
  #betweenBytes: bigint | undefined;

  connectTimeout(): bigint | undefined {
    return this.#connect;
  }

  setConnectTimeout(ns: bigint | undefined): void {
    this.#connect = ns;
  }

  firstByteTimeout(): bigint | undefined {
    return this.#firstByte;
  }

  setFirstByteTimeout(ns: bigint | undefined): void {
    this.#firstByte = ns;
  }

  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes;
  }

  setBetweenBytesTimeout(ns: bigint | undefined): void {
    this.#betweenBytes = ns;
  }
}
