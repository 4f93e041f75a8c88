import { allowedOrigins, covers, deniedRequest, type HttpOrigin, originOf } from '../../../http-origin.ts';
import { type GuestHost, WitError } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import type { SentRequest } from '../../http-client/operations.ts';
import { isMethod, isPath } from '../../http-client/request-rules.ts';
import { httpError } from './http-error.ts';
import { HttpExchange } from './http-exchange.ts';
import { HttpFields } from './http-fields.ts';
import { FutureTrailers, IncomingBody } from './http-incoming.ts';
import type { OutgoingRequest, RequestOptions } from './http-request.ts';
import { Pollable } from '../pollable.ts';

const NS_PER_MS = 1_000_000n;

/** `handle` of wasi:http/outgoing-handler. Takes ownership of both; throws the interface's error if the request can't be sent. */
export function handle(
  host: GuestHost,
  request: OutgoingRequest,
  options: RequestOptions | undefined,
): FutureIncomingResponse {
  try {
    const head = headOf(host, request);
    const exchange = new HttpExchange(host);
    try {
      const future = new FutureIncomingResponse(exchange);
      exchange.send({ ...head, ...request.goWith(exchange), ...timeoutsOf(options) });
      return future;
    } catch (thrown) {
      exchange[Symbol.dispose]();
      throw thrown;
    }
  } finally {
    request[Symbol.dispose]();
    options?.[Symbol.dispose]();
  }
}

type Head = Pick<SentRequest, 'method' | 'scheme' | 'authority' | 'path' | 'fields'>;

function headOf(host: GuestHost, request: OutgoingRequest): Head {
  const method = methodOf(request);
  const scheme = schemeOf(request);
  const authority = request.authority() ?? '';
  const path = request.pathWithQuery() || '/';
  const origin = originOf(scheme, authority);
  if (origin === undefined || !isPath(path)) throw httpError({ tag: 'HTTP-request-URI-invalid' });
  checkGranted(host, origin);
  return { method, scheme, authority, path, fields: request.fieldsToSend() };
}

function checkGranted(host: GuestHost, origin: HttpOrigin): void {
  if (allowedOrigins(host.grants.http).some((entry) => covers(entry, origin))) return;
  host.log({ level: 'warn', context: 'sluice', text: deniedRequest(origin) });
  throw httpError({ tag: 'HTTP-request-denied' });
}

function methodOf(request: OutgoingRequest): string {
  const { tag, val } = request.method();
  const method = val ?? tag.toUpperCase();
  if (!isMethod(method)) throw httpError({ tag: 'HTTP-request-method-invalid' });
  return method;
}

/** Absent: HTTPS. */
function schemeOf(request: OutgoingRequest): 'http' | 'https' {
  const scheme = request.scheme();
  if (scheme === undefined || scheme.tag === 'HTTPS') return 'https';
  if (scheme.tag === 'HTTP') return 'http';
  throw httpError({ tag: 'HTTP-protocol-error' });
}

function timeoutsOf(
  options: RequestOptions | undefined,
): Pick<SentRequest, 'connectMs' | 'firstByteMs' | 'betweenBytesMs'> {
  return {
    connectMs: inMs(options?.connectTimeout()),
    firstByteMs: inMs(options?.firstByteTimeout()),
    betweenBytesMs: inMs(options?.betweenBytesTimeout()),
  };
}

/** At least 1 ms: a timer of 0 fires later. */
function inMs(ns: bigint | undefined): number | undefined {
  return ns === undefined ? undefined : Number(ns / NS_PER_MS) + 1;
}

/** `future-incoming-response`. */
export class FutureIncomingResponse extends HostResource {
  readonly #exchange: HttpExchange;
  #taken = false;

  constructor(exchange: HttpExchange) {
    super(exchange.host);
    this.#exchange = exchange;
    exchange.hold();
  }

  subscribe(): Pollable {
    return Pollable.on(this.host, this.#exchange.answered);
  }

  /** `undefined`: not yet. An `err` without a value: it was read before. */
  get(): unknown {
    const { head } = this.#exchange;
    if (head === undefined) return undefined;
    if (this.#taken) return { tag: 'err', val: undefined };
    this.#taken = true;
    if (head.kind === 'failed') return { tag: 'ok', val: { tag: 'err', val: head.code } };
    const headers = HttpFields.ofMessage(this.host, head.fields);
    return { tag: 'ok', val: { tag: 'ok', val: new IncomingResponse(this.#exchange, head.status, headers) } };
  }

  protected override release(): void {
    this.#exchange.letGo();
  }
}

/** `incoming-response`. */
export class IncomingResponse extends HostResource {
  readonly #exchange: HttpExchange;
  readonly #status: number;
  readonly #headers: HttpFields;
  #consumed = false;

  constructor(exchange: HttpExchange, status: number, headers: HttpFields) {
    super(exchange.host);
    this.#exchange = exchange;
    this.#status = status;
    this.#headers = headers;
    exchange.hold();
  }

  status(): number {
    return this.#status;
  }

  headers(): HttpFields {
    return this.#headers.frozen();
  }

  /** Once. */
  consume(): IncomingBody {
    if (this.#consumed) throw new WitError(undefined);
    this.#consumed = true;
    const exchange = this.#exchange;
    exchange.hold();
    return new IncomingBody(this.host, {
      source: () => exchange.source(),
      finished: () => {
        const { trailers } = exchange;
        return new FutureTrailers(
          this.host,
          trailers.length === 0 ? undefined : HttpFields.ofMessage(this.host, trailers),
        );
      },
      dropped: () => exchange.letGo(),
    });
  }

  protected override release(): void {
    this.#headers[Symbol.dispose]();
    this.#exchange.letGo();
  }
}
