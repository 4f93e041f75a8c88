import { isIP } from 'node:net';

/** Where an HTTP request goes, in the one spelling that it is compared, resolved and sent in. */
export interface HttpOrigin {
  readonly scheme: 'http' | 'https';
  /** A name in lower case, in ASCII (IDNA) and without a dot at its end, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** An entry of `allow.http`. */
export interface AllowedOrigin extends HttpOrigin {
  /** `*.` stood before the host: names below it are meant, with one or more labels more, and it itself is not. */
  readonly wildcard: boolean;
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const;
/** By RFC 1035. */
const LONGEST_HOST = 253;
/** A host and perhaps a port. No user info, and nothing that a parser of URLs would take for the end of a host, decode or leave out. */
const AUTHORITY = /^(\[[\da-f:.]+\]|[^\s[\]:/?#@\\%]+)(?::(\d{1,5}))?$/i;

/**
 * What a scheme and an authority (`api.example.com:8443`) mean, by the rules of https://url.spec.whatwg.org/#host-parsing, which know every
 * spelling of an IPv4 address. `undefined`: nothing that could be asked.
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

/** Reads an entry of `allow.http`. `undefined` when it is none. */
export function allowedOrigin(text: string): AllowedOrigin | undefined {
  const [, scheme, star, authority = ''] = /^(https?):\/\/(\*\.)?([^*]+?)\/?$/i.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  const origin = originOf(scheme.toLowerCase() === 'http' ? 'http' : 'https', authority);
  const wildcard = star !== undefined;
  if (origin === undefined || (wildcard && (isIP(origin.host) !== 0 || !origin.host.includes('.')))) return undefined;
  return { ...origin, wildcard };
}

/** The entries of an `allow.http` that was checked when the manifest was read: what is no entry was refused then. */
export function allowedOrigins(entries: readonly string[]): readonly AllowedOrigin[] {
  return entries.flatMap((entry) => allowedOrigin(entry) ?? []);
}

/** Whether the entry lets requests to that origin through. */
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
