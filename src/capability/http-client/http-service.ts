import { lookup } from 'node:dns';
import { deniedRequest } from '../../http-origin.ts';
import type { RequestSpan } from '../../telemetry/telemetry.ts';
import type { Caller, CapabilityService, ServiceContext } from '../capability.ts';
import type { HttpErrorCode } from '../wasi/http/http-error.ts';
import { type CheckedRequest, checkedRequest } from './checked-request.ts';
import { Connections, type Resolve } from './connections.ts';
import { Exchange } from './exchange.ts';
import { type Failed, MOST_PIECE_BYTES, type Operations } from './operations.ts';
import { Reach } from './reach.ts';
import { Upload } from './upload.ts';

/** Limit of one component, over all its threads. */
const MOST_EXCHANGES = 1024;

const PRINTABLE = /^[ -~]*$/;
const UNTRACED: RequestSpan = { headers: [], end: () => {} };

/** The exchanges of one thread or child process, by the numbers that it chose. */
type Session = Map<number, Exchange>;

/**
 * The main thread's half of wasi:http/outgoing-handler, for one component. When a call or a thread ends, in any way, the exchanges that it left open
 * are closed.
 */
export function httpService(
  { grants, closed }: Pick<ServiceContext, 'grants' | 'closed'>,
  resolve: Resolve = lookup,
): CapabilityService {
  const reach = new Reach(grants.http);
  const service = new HttpService(reach, new Connections(reach, resolve, closed));
  return (method, args, caller) => service.answer(method, args, caller);
}

class HttpService {
  readonly #reach: Reach;
  readonly #connections: Connections;
  readonly #sessions = new WeakMap<AbortSignal, Session>();
  #open = 0;

  constructor(reach: Reach, connections: Connections) {
    this.#reach = reach;
    this.#connections = connections;
  }

  /** Rejects requests that the guest's half never sends. */
  async answer(method: string, args: readonly unknown[], caller: Caller): Promise<unknown> {
    const [number, given] = args;
    if (typeof number !== 'number') throw new TypeError('an HTTP exchange has no number');
    const session = this.#sessionOf(caller.gone);
    if (method === 'send') return this.#send(session, number, given, caller);
    const exchange = session.get(number);
    switch (method) {
      case 'write':
        if (!(given instanceof Uint8Array) || given.length > MOST_PIECE_BYTES)
          throw new TypeError('a piece of an HTTP body is none');
        return exchange?.write(given) ?? CLOSED;
      case 'read':
        return exchange?.read() ?? CLOSED;
      case 'finish':
        return exchange?.finish();
      case 'close':
        session.delete(number);
        return exchange?.close();
      default:
        throw new TypeError(`there is no operation ${method} on HTTP exchanges`);
    }
  }

  #send(
    session: Session,
    number: number,
    given: unknown,
    { gone, call }: Caller,
  ): Promise<Operations['send']['answer']> | Failed {
    const request = checkedRequest(given);
    if (session.has(number)) throw new TypeError('an HTTP exchange was begun already');
    if (request === undefined) return failed({ tag: 'HTTP-protocol-error' });
    if (!this.#reach.allows(request.origin))
      return failed({ tag: 'HTTP-request-denied' }, deniedRequest(request.origin));
    if (call === undefined || gone.aborted) return CLOSED;
    if (this.#open >= MOST_EXCHANGES)
      return failed({ tag: 'connection-limit-reached' }, `${MOST_EXCHANGES} HTTP requests are under way already`);
    const [path = ''] = request.path.split('?');
    const span = call.requesting({ ...request.origin, method: request.method, path, headers: request.fields });
    const takeBack = call.whenOver(() => {
      session.delete(number);
      exchange.close();
    });
    const upload = request.more ? new Upload(request.body) : undefined;
    const exchange = new Exchange({
      span: span ?? UNTRACED,
      upload,
      timeouts: request,
      over: () => {
        this.#open -= 1;
        takeBack();
      },
    });
    this.#open += 1;
    session.set(number, exchange);
    this.#dispatch(request, span?.headers ?? [], upload, exchange);
    return exchange.head;
  }

  #dispatch(
    { origin, method, path, fields, body }: CheckedRequest,
    added: RequestSpan['headers'],
    upload: Upload | undefined,
    exchange: Exchange,
  ): void {
    // The event's sender wrote the tracestate.
    const headers = [...fields, ...added.filter(([, value]) => PRINTABLE.test(value))].flat();
    // The package takes an iterable and applies back-pressure to it; its types leave that out.
    const sent = (upload?.pieces() ?? body ?? null) as Uint8Array | null;
    this.#connections.dispatch(origin, { method, path, headers, body: sent }, exchange);
  }

  #sessionOf(gone: AbortSignal): Session {
    const known = this.#sessions.get(gone);
    if (known !== undefined) return known;
    const session: Session = new Map();
    this.#sessions.set(gone, session);
    gone.addEventListener(
      'abort',
      () => {
        for (const exchange of session.values()) exchange.close();
        session.clear();
      },
      { once: true },
    );
    return session;
  }
}

function failed(code: HttpErrorCode, why?: string): Failed {
  return { kind: 'failed', code, why };
}

/** Its call has ended, or its guest closed it. */
const CLOSED = failed({ tag: 'connection-terminated' });
