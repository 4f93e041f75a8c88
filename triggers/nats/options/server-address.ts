import type { NoAddress } from '#trigger';

/** One server of a connection, without its user info. */
export interface ServerAddress {
  /** `HOST:PORT`, for the client. */
  readonly address: string;
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
}

const DEFAULT_PORT = 4222;
const FORMS = 'must be HOST:PORT, nats://HOST:PORT or tls://HOST:PORT, or several of them with commas between';

/**
 * Addresses as other clients of NATS take them, in `NATS_URL` for one: several with commas between. User info ends at the last `@`, and its
 * user at the first `:`, so a password may hold either; only `%`, and `,` in a list, have to be written as %25 and %2C.
 */
export function serverAddresses(text: string): readonly (ServerAddress | NoAddress)[] {
  const list = text.trim();
  const parts = list.split(/\s*,\s*(?=(?:nats|tls):\/\/)/i);
  if (!list.includes('@')) return list.split(/\s*,\s*/).map(serverAddress);
  return parts.map((part) =>
    part.includes(',')
      ? { wrong: 'must have , in its user info written as %2C, or nats:// before each address of a list' }
      : serverAddress(part),
  );
}

function serverAddress(text: string): ServerAddress | NoAddress {
  const [, scheme = 'nats', rest = ''] = /^(?:(nats|tls):\/\/)?(.*)$/is.exec(text) ?? [];
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(rest)) return { wrong: FORMS };
  const at = rest.lastIndexOf('@');
  const place = rest.slice(at + 1);
  const [, host, port = DEFAULT_PORT] = /^(\[[\da-f:.]+\]|[^\s:/?#@[\],]+)(?::(\d{1,5}))?\/?$/i.exec(place) ?? [];
  if (host === undefined) return { wrong: /^[\da-f]*:[\da-f:.]+$/i.test(place) ? unbracketed(place) : FORMS };
  if (Number(port) < 1 || Number(port) > 65_535) return { wrong: 'must have a port from 1 to 65535' };
  const address = {
    address: `${host}:${port}`,
    host: host.replaceAll(/[[\]]/g, ''),
    tls: scheme.toLowerCase() === 'tls',
  };
  if (at === -1) return address;
  const userInfo = rest.slice(0, at);
  const colon = userInfo.indexOf(':');
  const user = decoded(colon === -1 ? userInfo : userInfo.slice(0, colon));
  const password = colon === -1 ? undefined : decoded(userInfo.slice(colon + 1));
  if (user === null || password === null) return { wrong: 'must have % in its user info written as %25' };
  if (user === '') return { wrong: 'must have USER:PASSWORD or TOKEN before its @' };
  return { ...address, user, ...(password === undefined ? {} : { password }) };
}

/** Several colons, of which the last may begin a port. */
function unbracketed(place: string): string {
  return place.split(':').length > 2 ? 'must have its IPv6 address in brackets, as in [::1]:4222' : FORMS;
}

/** `null` if a percent sign does not begin an encoded byte. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
