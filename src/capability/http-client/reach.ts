import { isIP } from 'node:net';
import { type AllowedOrigin, allowedOrigins, covers, type HttpOrigin } from '../../http-origin.ts';
import { isPublicAddress } from './public-address.ts';

/** Names that public DNS must not resolve: RFC 6761, RFC 6762, RFC 8375, and `internal`, which ICANN reserves. */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa|test)$/;

/** The origins that a component may reach by its `allow.http`. */
export class Reach {
  readonly #allowed: readonly AllowedOrigin[];

  constructor(entries: readonly string[]) {
    this.#allowed = allowedOrigins(entries);
  }

  allows(origin: HttpOrigin): boolean {
    return this.#allowed.some((entry) => covers(entry, origin));
  }

  /**
   * Whether a host name may resolve to that address. The owner of a public name decides where it leads, so it may lead to a private address only if
   * `allow.http` names that address too. A name that can't be public must be listed itself: a wildcard is not enough.
   */
  allowsAddress({ scheme, host, port }: HttpOrigin, address: string): boolean {
    if (isPublicAddress(address)) return true;
    const isNamed = (name: string): boolean =>
      this.#allowed.some((entry) => !entry.wildcard && covers(entry, { scheme, host: name, port }));
    return isNamed(address) || (isPrivateName(host) && isNamed(host));
  }
}

/** An address counts as one too; it needs no DNS. */
function isPrivateName(host: string): boolean {
  return isIP(host) !== 0 || !host.includes('.') || PRIVATE_NAME.test(host);
}
