import { isIP } from 'node:net';

/** The origin of an HTTP request, in the one spelling in which it is compared, resolved and sent. */
export interface HttpOrigin {
  readonly scheme: 'http' | 'https';
  /** A name in lower case, in ASCII (IDNA) and without a dot at its end, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** An entry of `allow.http`. */
export interface AllowedOrigin extends HttpOrigin {
  /** `*.` stood before the host: the entry covers names below it, with one or more further labels, but not the host itself. */
  readonly wildcard: boolean;
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const;
/** By RFC 1035. */
const LONGEST_HOST = 253;
/** A host and perhaps a port. No user info, and no character that a URL parser would take for the end of a host, decode or drop. */
const AUTHORITY = /^(\[[\da-f:.]+\]|[^\s[\]:/?#@\\%]+)(?::(\d{1,5}))?$/i;

/**
 * The origin for a scheme and an authority (`api.example.com:8443`), by the rules of https://url.spec.whatwg.org/#host-parsing, which know every
 * spelling of an IPv4 address. `undefined`: they are not valid.
 */
export function originOf(scheme: 'http' | 'https', authority: string): HttpOrigin | undefined {
  const [, written = '', digits] = AUTHORITY.exec(authority) ?? [];
  const parsed = written === '' ? undefined : URL.parse(`${scheme}://${written}/`)?.hostname;
  if (parsed === undefined) return undefined;
  const host = parsed.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = digits === undefined ? DEFAULT_PORTS[scheme] : Number(digits);
  if (host.length > LONGEST_HOST || host.split('.').includes('') || port < 1 || port > 65_535) return undefined;
  return { scheme, host, port };
}

/** Reads an entry of `allow.http`. `undefined`: it is not valid. */
export function allowedOrigin(text: string): AllowedOrigin | undefined {
  const [, scheme, star, authority = ''] = /^(https?):\/\/(\*\.)?([^*]+?)\/?$/i.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  const origin = originOf(scheme.toLowerCase() === 'http' ? 'http' : 'https', authority);
  const wildcard = star !== undefined;
  if (origin === undefined || (wildcard && (isIP(origin.host) !== 0 || !origin.host.includes('.')))) return undefined;
  return { ...origin, wildcard };
}

/** The entries of an `allow.http`. They were checked with the manifest, so invalid ones can't occur here. */
export function allowedOrigins(entries: readonly string[]): readonly AllowedOrigin[] {
  return entries.flatMap((entry) => allowedOrigin(entry) ?? []);
}

/** Whether the entry allows requests to that origin. */
export function covers(allowed: AllowedOrigin, { scheme, host, port }: HttpOrigin): boolean {
  if (allowed.scheme !== scheme || allowed.port !== port) return false;
  return allowed.wildcard ? host.endsWith(`.${allowed.host}`) : host === allowed.host;
}

/** As `allow.http` names it. */
export function originText({ scheme, host, port }: HttpOrigin, wildcard = false): string {
  const name = isIP(host) === 6 ? `[${host}]` : host;
  const suffix = port === DEFAULT_PORTS[scheme] ? '' : `:${port}`;
  return `${scheme}://${wildcard ? '*.' : ''}${name}${suffix}`;
}

/** For the log: what was denied, and which entry is missing. */
export function deniedRequest(origin: HttpOrigin): string {
  return `an HTTP request was denied: allow.http has no "${originText(origin)}"`;
}
