import { isIP } from 'node:net';

/**
 * Whether a request is meant for this server, by its `Host`. A page that a browser has from elsewhere can make a name of its own lead here
 * (DNS rebinding), and read what is answered; it can't do that with an address, nor with `localhost`. So these are accepted, and of other
 * names only those in `names`. A request without a host (HTTP/1.0) is no browser's.
 */
export function isOwnHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return true;
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d*)?$/.exec(header) ?? [];
  const host = (bracketed ?? plain ?? '').toLowerCase().replace(/\.$/, '');
  if (bracketed !== undefined) return isIP(host) === 6;
  return isIP(host) === 4 || host === 'localhost' || names.some((name) => name.toLowerCase() === host);
}
