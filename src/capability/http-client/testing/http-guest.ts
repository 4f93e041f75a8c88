import type { TestContext } from 'node:test';
import type { Grants } from '../../capability.ts';
import { LoneInstance } from '../../testing/lone-instance.ts';
import type { HttpFields } from '../../wasi/http/http-fields.ts';
import type { IncomingBody } from '../../wasi/http/http-incoming.ts';
import type { FutureIncomingResponse, IncomingResponse } from '../../wasi/http/http-outgoing.ts';
import type { OutgoingBody, OutgoingRequest, RequestOptions } from '../../wasi/http/http-request.ts';
import type { InputStream, OutputStream } from '../../wasi/streams.ts';
import { wasi } from '../../wasi/wasi.ts';
import type { Resolve } from '../connections.ts';
import { httpService } from '../http-service.ts';

interface HttpTypes {
  readonly Fields: { fromList(fields: readonly (readonly [string, Uint8Array])[]): HttpFields };
  readonly OutgoingRequest: new (headers: HttpFields) => OutgoingRequest;
  readonly OutgoingBody: typeof OutgoingBody;
  readonly IncomingBody: typeof IncomingBody;
  readonly RequestOptions: new () => RequestOptions;
}

export interface RequestParts {
  /** `http://host:port/path`; a scheme of neither HTTP nor HTTPS is sent as another. */
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connectMs?: number;
  readonly firstByteMs?: number;
  readonly betweenBytesMs?: number;
}

/** What a guest does with wasi:http, called as generated code calls it. */
export class HttpGuest {
  readonly instance: LoneInstance;
  readonly types: HttpTypes;
  readonly #handle: (request: OutgoingRequest, options?: RequestOptions) => FutureIncomingResponse;

  static async open(t: TestContext, http: readonly string[], resolve?: Resolve): Promise<HttpGuest> {
    const grants: Grants = { config: {}, env: {}, keyvalue: [], files: {}, http, publish: {} };
    const closing = new AbortController();
    const service = httpService({ grants, closed: closing.signal }, resolve);
    const instance = new LoneInstance({ grants, suspends: true, service });
    t.after(() => {
      instance.discard();
      closing.abort();
    });
    // What generated code calls.
    const types = (await wasi.bind('wasi:http/types@0.2.6', instance)) as HttpTypes;
    const handler = (await wasi.bind('wasi:http/outgoing-handler@0.2.6', instance)) as {
      handle: HttpGuest['send'];
    };
    return new HttpGuest(instance, types, (request, options) => handler.handle(request, options));
  }

  private constructor(
    instance: LoneInstance,
    types: HttpTypes,
    handle: (request: OutgoingRequest, options?: RequestOptions) => FutureIncomingResponse,
  ) {
    this.instance = instance;
    this.types = types;
    this.#handle = handle;
  }

  /** A request that is not sent. */
  request({ url, method = 'GET', headers = {} }: RequestParts): OutgoingRequest {
    const [, scheme = '', authority = '', path] = /^(\w+):\/\/([^/]*)(\/.*)?$/s.exec(url) ?? [];
    const { Fields, OutgoingRequest: Request } = this.types;
    const fields = Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)] as const);
    const request = new Request(Fields.fromList(fields));
    request.setMethod({ tag: 'other', val: method });
    const known = { http: { tag: 'HTTP' }, https: { tag: 'HTTPS' } }[scheme];
    request.setScheme(known ?? { tag: 'other', val: scheme });
    request.setAuthority(authority);
    request.setPathWithQuery(path);
    return request;
  }

  options({ connectMs, firstByteMs, betweenBytesMs }: Omit<RequestParts, 'url'>): RequestOptions {
    const inNs = (ms: number | undefined): bigint | undefined => (ms === undefined ? ms : BigInt(ms) * 1_000_000n);
    const options = new this.types.RequestOptions();
    options.setConnectTimeout(inNs(connectMs));
    options.setFirstByteTimeout(inNs(firstByteMs));
    options.setBetweenBytesTimeout(inNs(betweenBytesMs));
    return options;
  }

  send(request: OutgoingRequest, options?: RequestOptions): FutureIncomingResponse {
    return this.#handle(request, options);
  }

  /** The code that it fails with, or the response. */
  async answerTo(future: FutureIncomingResponse): Promise<IncomingResponse | { readonly tag: string }> {
    const pollable = future.subscribe();
    await pollable.block();
    pollable[Symbol.dispose]();
    // As the interface has it: option<result<result<incoming-response, error-code>>>
    const { val } = future.get() as { val: { tag: string; val: unknown } };
    future[Symbol.dispose]();
    return val.val as IncomingResponse | { readonly tag: string };
  }

  async fetch(parts: RequestParts): Promise<IncomingResponse | { readonly tag: string }> {
    return this.answerTo(this.send(this.request(parts), this.options(parts)));
  }

  /** What of the request went wrong: thrown when it was sent, or in place of the response. */
  async failureOf(parts: RequestParts): Promise<string> {
    try {
      const answer = await this.fetch(parts);
      if ('tag' in answer) return answer.tag;
      answer[Symbol.dispose]();
      return `status ${answer.status()}`;
    } catch (thrown) {
      return (thrown as { payload: { tag: string } }).payload.tag;
    }
  }

  /** Of a response, to its end. */
  async textOf(response: IncomingResponse): Promise<string> {
    const body = response.consume();
    const stream = body.stream();
    const text = await readAll(stream);
    stream[Symbol.dispose]();
    this.types.IncomingBody.finish(body);
    return text;
  }
}

async function readAll(stream: InputStream): Promise<string> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    try {
      pieces.push(await stream.blockingRead(65_536n));
    } catch (thrown) {
      const { payload } = thrown as { payload: { tag: string } };
      if (payload.tag === 'closed') return Buffer.concat(pieces).toString();
      throw thrown;
    }
  }
}

/** Writes all of a text in pieces, each when it may. */
export async function writeAll(stream: OutputStream, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 4096) await stream.blockingWriteAndFlush(bytes.subarray(at, at + 4096));
}
