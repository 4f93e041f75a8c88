import type { Header } from '../../../event.ts';
import { type GuestHost, WitError } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import { HttpFields } from './http-fields.ts';
import { Pollable } from '../pollable.ts';
import { type ByteSource, InputStream } from '../streams.ts';

/** `incoming-request` of wasi:http/types: an event as a request, whose body is in memory. */
export class IncomingRequest extends HostResource {
  readonly #headers: HttpFields;
  #body: Uint8Array | undefined;

  /** Headers that HTTP can't hold are left out. */
  constructor(host: GuestHost, headers: readonly Header[], body: Uint8Array) {
    super(host);
    this.#headers = HttpFields.received(host, headers);
    this.#body = body;
  }

  method(): unknown {
    return { tag: 'post' };
  }

  pathWithQuery(): string {
    return '/';
  }

  scheme(): unknown {
    return { tag: 'HTTP' };
  }

  authority(): string {
    return 'localhost';
  }

  headers(): HttpFields {
    return this.#headers.frozen();
  }

  /** Once. */
  consume(): IncomingBody {
    if (this.#body === undefined) throw new WitError(undefined);
    const bytes = this.#body;
    this.#body = undefined;
    return new IncomingBody(this.host, {
      source: () => sourceOf(bytes),
      finished: () => new FutureTrailers(this.host),
    });
  }

  protected override release(): void {
    this.#headers[Symbol.dispose]();
  }
}

function sourceOf(bytes: Uint8Array): ByteSource {
  let left = bytes;
  return {
    read(most) {
      if (left.length === 0) return undefined;
      const piece = left.subarray(0, most);
      left = left.subarray(most);
      return piece;
    },
  };
}

/** A body's content, and a callback for when the guest is done with it. */
export interface BodyOrigin {
  readonly source: () => ByteSource;
  readonly finished: () => FutureTrailers;
  readonly dropped?: () => void;
}

/** `incoming-body`. */
export class IncomingBody extends HostResource {
  readonly #origin: BodyOrigin;
  #taken = false;

  constructor(host: GuestHost, origin: BodyOrigin) {
    super(host);
    this.#origin = origin;
  }

  static finish(body: IncomingBody): FutureTrailers {
    const trailers = body.#origin.finished();
    body[Symbol.dispose]();
    return trailers;
  }

  /** Once. */
  stream(): InputStream {
    if (this.#taken) throw new WitError(undefined);
    this.#taken = true;
    return new InputStream(this.host, this.#origin.source());
  }

  protected override release(): void {
    this.#origin.dropped?.();
  }
}

/** `future-trailers`: known at once, since a body that was not read to its end has no trailers. */
export class FutureTrailers extends HostResource {
  readonly #trailers: HttpFields | undefined;
  #taken = false;

  constructor(host: GuestHost, trailers?: HttpFields) {
    super(host);
    this.#trailers = trailers;
  }

  subscribe(): Pollable {
    return Pollable.ready(this.host);
  }

  get(): unknown {
    if (this.#taken) return { tag: 'err', val: undefined };
    this.#taken = true;
    return { tag: 'ok', val: { tag: 'ok', val: this.#trailers } };
  }

  protected override release(): void {
    if (!this.#taken) this.#trailers?.[Symbol.dispose]();
  }
}
