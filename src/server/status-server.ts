import type { Server, ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { reasonOf, SluiceError } from '../errors.ts';
import { jsonText } from '../printable.ts';

// An import reads every export of the module, and one of them loads an HTTP client and WebSockets: 16 MB and 40 ms.
const { createServer } = process.getBuiltinModule('node:http');

/** Answers of the process to the server. Called for every request; nothing here changes state. */
export interface ServerReports {
  /** Started and not draining. A broker that is away must not count here: that would take the whole pod out of its service. */
  ready(): boolean;
  /** State of each trigger, to be written as JSON. */
  triggers(): Promise<readonly object[]>;
  /** All metrics in Prometheus' text format. */
  metrics(): string;
}

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one, see `url`. */
  readonly port: number;
  /** Accepted `Host` names, beside addresses, `localhost` and `host` itself. Default: none. */
  readonly hosts?: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';
/** https://www.rfc-editor.org/rfc/rfc9110#name-421-misdirected-request */
const FOREIGN: Answer = {
  status: 421,
  type: TEXT,
  body: 'the Host header does not name this server: use its address, or add the name to server.hosts\n',
};
const JSON_TYPE = 'application/json';
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

/** The most time to send a request, in milliseconds: it has a few hundred bytes, so a slower client is gone or hostile. */
const REQUEST_PATIENCE_MS = 5_000;
/** How long answers under way may take when the server closes, in milliseconds. */
const CLOSE_PATIENCE_MS = 1_000;

/**
 * Health and metrics over HTTP:
 *
 * - `/livez`: 200 as long as the event loop runs.
 * - `/readyz`: 200 when ready, else 503.
 * - `/triggers`: each trigger's state, as JSON.
 * - `/metrics`: for Prometheus.
 *
 * A request with a `Host` that is not the server's own is answered with 421: see `isOwnHost`.
 */
export class StatusServer implements AsyncDisposable {
  readonly #server: Server;
  #closed: Promise<void> | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Rejects with SLU5001 when the address can't be used. */
  static async open({ host, port, hosts = [] }: ListenAddress, reports: ServerReports): Promise<StatusServer> {
    const server = createServer({ requestTimeout: REQUEST_PATIENCE_MS, headersTimeout: REQUEST_PATIENCE_MS });
    server.on('request', (request, response) => {
      request.resume();
      const answer = isOwnHost(request.headers.host, [host, ...hosts])
        ? answerTo(request.method, request.url, reports)
        : Promise.resolve(FOREIGN);
      void answer.then((answer) => {
        if (!server.listening) response.setHeader('Connection', 'close');
        send(response, request.method, answer);
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(
          new SluiceError(
            'SLU5001',
            `the server for metrics and health can't listen on ${host}:${port}: ${reasonOf(cause)}`,
            {
              cause,
              place: { path: 'server.listen' },
              fix: 'set server.listen to another address, or to "off"',
            },
          ),
        ),
      );
      server.listen({ host, port }, resolve);
    });
    return new StatusServer(server);
  }

  /** `http://127.0.0.1:9464` */
  get url(): string {
    // A server that listens on a port has an address object.
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Lets answers under way finish. Idempotent. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      const impatient = setTimeout(() => this.#server.closeAllConnections(), CLOSE_PATIENCE_MS);
      this.#server.close(() => {
        clearTimeout(impatient);
        resolve();
      });
    });
    return this.#closed;
  }
}

async function answerTo(method = '', url = '/', reports: ServerReports): Promise<Answer> {
  try {
    const answer = await found(url.replace(/\?.*/, ''), reports);
    if (answer === undefined) return { status: 404, type: TEXT, body: 'see /livez, /readyz, /triggers, /metrics\n' };
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: TEXT, body: 'only GET and HEAD\n' };
    return answer;
  } catch (thrown) {
    return { status: 500, type: TEXT, body: `${reasonOf(thrown)}\n` };
  }
}

async function found(path: string, reports: ServerReports): Promise<Answer | undefined> {
  switch (path) {
    case '/livez':
      return { status: 200, type: TEXT, body: 'ok\n' };
    case '/readyz':
      return reports.ready()
        ? { status: 200, type: TEXT, body: 'ready\n' }
        : { status: 503, type: TEXT, body: 'starting or draining\n' };
    case '/triggers':
      return { status: 200, type: JSON_TYPE, body: `${jsonText(await reports.triggers(), 2)}\n` };
    case '/metrics':
      return { status: 200, type: PROMETHEUS, body: reports.metrics() };
    default:
      return undefined;
  }
}

function send(response: ServerResponse, method: string | undefined, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/**
 * Whether a request's `Host` names this server. A web page can point its own name at this address (DNS rebinding) and then read the answers; it
 * can't do that with an IP address or `localhost`. So those are accepted, and of other names only the ones in `names`. A request without a host
 * (HTTP/1.0) does not come from a browser.
 */
function isOwnHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return true;
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d*)?$/.exec(header) ?? [];
  const host = (bracketed ?? plain ?? '').toLowerCase().replace(/\.$/, '');
  if (bracketed !== undefined) return isIP(host) === 6;
  return isIP(host) === 4 || host === 'localhost' || names.some((name) => name.toLowerCase() === host);
}
