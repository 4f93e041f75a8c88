import type { Header } from '../../event.ts';
import { type GuestHost, WitError } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import { HttpFields } from './http-fields.ts';
import { Pollable } from './pollable.ts';
import { InputStream } from './streams.ts';

/** `incoming-request` of wasi:http/types: an event as a request, whose body is in memory. */
export class IncomingRequest extends HostResource {
  // Each of a request of its own: a handle that was dropped has none, and traps.
  readonly #method = { tag: 'post' };
  readonly #path = '/';
  readonly #scheme = { tag: 'HTTP' };
  readonly #authority = 'localhost';
  readonly #headers: HttpFields;
  #body: Uint8Array | undefined;

  /** Headers that HTTP can't hold are left out. */
  constructor(host: GuestHost, headers: readonly Header[], body: Uint8Array) {
    super(host);
    this.#headers = HttpFields.received(host, headers);
    this.#body = body;
  }

  method(): unknown {
    return this.#method;
  }

  pathWithQuery(): string {
    return this.#path;
  }

  scheme(): unknown {
    return this.#scheme;
  }

  authority(): string {
    return this.#authority;
  }

  headers(): HttpFields {
    return this.#headers.frozen();
  }

  /** Once. */
  consume(): IncomingBody {
    if (this.#body === undefined) throw new WitError(undefined);
    const body = new IncomingBody(this.host, this.#body);
    this.#body = undefined;
    return body;
  }

  protected override release(): void {
    this.#headers[Symbol.dispose]();
  }
}

/** `incoming-body`. */
export class IncomingBody extends HostResource {
  #left: Uint8Array | undefined;

  constructor(host: GuestHost, bytes: Uint8Array) {
    super(host);
    this.#left = bytes;
  }

  static finish(body: IncomingBody): FutureTrailers {
    body[Symbol.dispose]();
    return new FutureTrailers(body.host);
  }

  /** Once. */
  stream(): InputStream {
    if (this.#left === undefined) throw new WitError(undefined);
    let left = this.#left;
    this.#left = undefined;
    return new InputStream(this.host, {
      read(most) {
        if (left.length === 0) return undefined;
        const piece = left.subarray(0, most);
        left = left.subarray(most);
        return piece;
      },
    });
  }
}

/** `future-trailers`: there are none, and that is known at once. */
export class FutureTrailers extends HostResource {
  #taken = false;

  subscribe(): Pollable {
    return Pollable.ready(this.host);
  }

  get(): unknown {
    if (this.#taken) return { tag: 'err', val: undefined };
    this.#taken = true;
    return { tag: 'ok', val: { tag: 'ok', val: undefined } };
  }
}
