import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { createRequire } from 'node:module';
import { isIP, type LookupFunction } from 'node:net';
import type { Agent, buildConnector, Dispatcher, Pool } from 'undici';
import { type HttpOrigin, originText } from '../../http-origin.ts';
import { ProhibitedAddress, TooManyConnections } from './failure.ts';
import type { Reach } from './reach.ts';

/** Of one component. More to one origin wait for each other; more in all are refused, since they would wait for what is idle. */
const MOST_CONNECTIONS = 512;
const MOST_TO_ONE_ORIGIN = 256;
/** Origins that a component has connections to at once; a wildcard covers any number of them. */
const MOST_ORIGINS = 256;
/** A connection that is not made by then is given up, unless the request says less. */
const CONNECT_MS = 10_000;
/** Idle connections are kept so long, or as long as their server says, at most this. */
const IDLE_MS = 4_000;
const MOST_IDLE_MS = 30_000;
/** Names and values of a response's header fields together. */
const MOST_HEADER_BYTES = 32 * 1024;

// The package as a whole takes ten times as long to load as these parts of it do. They have no types of their own.
const require = createRequire(import.meta.url);
const AgentOfUndici = require('undici/lib/dispatcher/agent.js') as typeof Agent;
const PoolOfUndici = require('undici/lib/dispatcher/pool.js') as typeof Pool;
const connectorOf = require('undici/lib/core/connect.js') as typeof buildConnector;

/** Finds the addresses of a name; `lookup` of node:dns does. */
export type Resolve = (
  name: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The connections of one component, which are used again. No redirect is followed, and no proxy used. */
export class Connections {
  readonly #reach: Reach;
  readonly #resolve: Resolve;
  readonly #agent: Agent;
  #open = 0;

  /** `closed`: all of them are closed then, and what is under way fails. */
  constructor(reach: Reach, resolve: Resolve, closed: AbortSignal | undefined) {
    this.#reach = reach;
    this.#resolve = resolve;
    this.#agent = new AgentOfUndici({
      maxOrigins: MOST_ORIGINS,
      factory: (origin) => this.#poolTo(new URL(origin)),
    });
    closed?.addEventListener('abort', () => void this.#agent.destroy().catch(() => {}), { once: true });
  }

  /** `handler` hears of everything, of what can't be sent at all, too. Never throws. */
  dispatch(
    origin: HttpOrigin,
    options: Omit<Dispatcher.DispatchOptions, 'origin'>,
    handler: Dispatcher.DispatchHandler & Required<Pick<Dispatcher.DispatchHandler, 'onResponseError'>>,
  ): void {
    try {
      this.#agent.dispatch({ ...options, origin: originText(origin) }, handler);
    } catch (thrown) {
      // Nothing was begun, so there is nothing to control.
      handler.onResponseError(undefined as never, thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  #poolTo(url: URL): Pool {
    return new PoolOfUndici(url.origin, {
      connections: MOST_TO_ONE_ORIGIN,
      connect: this.#connectorTo(originAt(url)),
      allowH2: false,
      pipelining: 1,
      // Exchanges have timers of their own, which fire when they should.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: MOST_IDLE_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
    });
  }

  /** The address that was looked at is the one that is connected to. One that is written down is not resolved: it was granted as it is. */
  #connectorTo(origin: HttpOrigin): buildConnector.connector {
    const options = { lookup: this.#lookupFor(origin), timeout: CONNECT_MS, allowH2: false, rejectUnauthorized: true };
    const connect = connectorOf(options);
    return (where, callback) => {
      if (this.#open >= MOST_CONNECTIONS) {
        const refusal = new TooManyConnections(`an HTTP request failed: ${MOST_CONNECTIONS} connections are open`);
        return void setImmediate(() => callback(refusal, null));
      }
      this.#open += 1;
      // It returns the socket, whatever its type says: one that never connects has to be counted, too.
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
