import { type GuestHost, WitError } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import type { HttpFields } from './http-fields.ts';
import { type ByteSink, OutputStream } from './streams.ts';

/** Of a path, a host or the name of a method or scheme, in UTF-16 code units: twice what servers take. */
const LONGEST_PART = 16 * 1024;

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

  scheme(): unknown {
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
    return new OutgoingBody(this.host);
  }

  protected override release(): void {
    this.#headers[Symbol.dispose]();
  }
}

/** `method` and `scheme`: one of some names, or any other. */
interface NamedPart {
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

  static finish(body: OutgoingBody, trailers: HttpFields | undefined): void {
    body[Symbol.dispose]();
    trailers?.[Symbol.dispose]();
  }

  /** Once. */
  write(): OutputStream {
    if (this.#taken) throw new WitError(undefined);
    this.#taken = true;
    return new OutputStream(this.host, this.#sink);
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
