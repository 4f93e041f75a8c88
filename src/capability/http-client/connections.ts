import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { createRequire } from 'node:module';
import { isIP, type LookupFunction } from 'node:net';
import type { Agent, buildConnector, Dispatcher, Pool } from 'undici';
import { type HttpOrigin, originText } from '../../http-origin.ts';
import { ProhibitedAddress, TooManyConnections } from './failure.ts';
import type { Reach } from './reach.ts';

/**
 * Limits of one component. Requests beyond the limit of an origin wait. Requests beyond the total are refused, since they might wait for connections
 * that are only idle.
 */
const MOST_CONNECTIONS = 512;
const MOST_TO_ONE_ORIGIN = 256;
/** Origins to which a component may have connections at once: a wildcard covers any number of origins. */
const MOST_ORIGINS = 256;
/** Time limit for connecting, unless the request sets a shorter one. */
const CONNECT_MS = 10_000;
/** How long idle connections are kept, unless their server asks for another time; at most this long. */
const IDLE_MS = 4_000;
const MOST_IDLE_MS = 30_000;
/** Limit of a response's header fields, names and values together. */
const MOST_HEADER_BYTES = 32 * 1024;

// Loading the whole package takes ten times as long as loading these parts. The parts have no types.
const require = createRequire(import.meta.url);
const AgentOfUndici = require('undici/lib/dispatcher/agent.js') as typeof Agent;
const PoolOfUndici = require('undici/lib/dispatcher/pool.js') as typeof Pool;
const connectorOf = require('undici/lib/core/connect.js') as typeof buildConnector;

/** Finds the addresses of a name, as `lookup` of node:dns does. */
export type Resolve = (
  name: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The connections of one component, kept for reuse. They follow no redirects and use no proxy. */
export class Connections {
  readonly #reach: Reach;
  readonly #resolve: Resolve;
  readonly #agent: Agent;
  #open = 0;

  /** `closed`: when it is aborted, all connections are closed and running requests fail. */
  constructor(reach: Reach, resolve: Resolve, closed: AbortSignal | undefined) {
    this.#reach = reach;
    this.#resolve = resolve;
    this.#agent = new AgentOfUndici({
      maxOrigins: MOST_ORIGINS,
      factory: (origin) => this.#poolTo(new URL(origin)),
    });
    closed?.addEventListener('abort', () => void this.#agent.destroy().catch(() => {}), { once: true });
  }

  /** `handler` gets every event of the request, also if it can't be sent at all. Never throws. */
  dispatch(
    origin: HttpOrigin,
    options: Omit<Dispatcher.DispatchOptions, 'origin'>,
    handler: Dispatcher.DispatchHandler & Required<Pick<Dispatcher.DispatchHandler, 'onResponseError'>>,
  ): void {
    try {
      this.#agent.dispatch({ ...options, origin: originText(origin) }, handler);
    } catch (thrown) {
      // The request was not begun, so there is nothing to control.
      handler.onResponseError(undefined as never, thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  #poolTo(url: URL): Pool {
    return new PoolOfUndici(url.origin, {
      connections: MOST_TO_ONE_ORIGIN,
      connect: this.#connectorTo(originAt(url)),
      allowH2: false,
      pipelining: 1,
      // Exchanges have their own timers, which are exact.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: MOST_IDLE_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
    });
  }

  /** Connects to exactly the address that was checked. A host that is an address is not resolved: the grant names it. */
  #connectorTo(origin: HttpOrigin): buildConnector.connector {
    const options = { lookup: this.#lookupFor(origin), timeout: CONNECT_MS, allowH2: false, rejectUnauthorized: true };
    const connect = connectorOf(options);
    return (where, callback) => {
      if (this.#open >= MOST_CONNECTIONS) {
        const refusal = new TooManyConnections(`an HTTP request failed: ${MOST_CONNECTIONS} connections are open`);
        return void setImmediate(() => callback(refusal, null));
      }
      this.#open += 1;
      // It returns the socket, whatever its type says. A socket that never connects must be counted too.
      const socket = connect(where, callback) as unknown as NodeJS.EventEmitter;
      socket.once('close', () => (this.#open -= 1));
    };
  }

  #lookupFor(origin: HttpOrigin): LookupFunction {
    return (name, options, callback) => {
      this.#resolve(name, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0);
        const allowed = addresses.filter(({ address }) => this.#reach.allowsAddress(origin, address));
        const [first] = allowed;
        if (first === undefined) return callback(prohibited(origin, addresses[0]?.address ?? ''), '', 0);
        if (options.all === true) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    };
  }
}

function originAt({ protocol, hostname, port }: URL): HttpOrigin {
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const host = hostname.replace(/^\[|\]$/g, '');
  return { scheme, host, port: port === '' ? { http: 80, https: 443 }[scheme] : Number(port) };
}

function prohibited(origin: HttpOrigin, address: string): ProhibitedAddress {
  const named = isIP(address) === 0 ? '' : `, or "${originText({ ...origin, host: address })}"`;
  return new ProhibitedAddress(
    `an HTTP request was denied: ${originText(origin)} leads to ${address}, a private address, which allow.http must name itself${named}`,
  );
}
