import type { GuestHost } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import { WitError } from '../wit-error.ts';
import type { HttpFields } from './http-fields.ts';
import { OutputStream } from './streams.ts';

/** `outgoing-request` of wasi:http/types: what a component says of a request before it is sent. */
export class OutgoingRequest extends HostResource {
  readonly #headers: HttpFields;
  #method: unknown = { tag: 'get' };
  #path: string | undefined;
  #scheme: unknown;
  #authority: string | undefined;
  #bodyTaken = false;

  constructor(host: GuestHost, headers: HttpFields) {
    super(host);
    this.#headers = headers;
  }

  method(): unknown {
    return this.#method;
  }

  setMethod(method: unknown): void {
    this.#method = method;
  }

  pathWithQuery(): string | undefined {
    return this.#path;
  }

  setPathWithQuery(path: string | undefined): void {
    this.#path = path;
  }

  scheme(): unknown {
    return this.#scheme;
  }

  setScheme(scheme: unknown): void {
    this.#scheme = scheme;
  }

  authority(): string | undefined {
    return this.#authority;
  }

  setAuthority(authority: string | undefined): void {
    this.#authority = authority;
  }

  headers(): HttpFields {
    return this.#headers.frozen();
  }

  body(): OutgoingBody {
    if (this.#bodyTaken) throw new WitError(undefined);
    this.#bodyTaken = true;
    return new OutgoingBody(this.host);
  }

  protected override release(): void {
    this.#headers[Symbol.dispose]();
  }
}

/** The body of a request that goes nowhere. */
export class OutgoingBody extends HostResource {
  static finish(body: OutgoingBody, trailers: HttpFields | undefined): void {
    body[Symbol.dispose]();
    trailers?.[Symbol.dispose]();
  }

  write(): OutputStream {
    return new OutputStream(this.host, { write: () => {} });
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
