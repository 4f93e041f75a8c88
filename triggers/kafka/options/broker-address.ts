/** What is wrong with a text that is no address. It holds nothing of the text, which may hold a password. */
export interface NoAddress {
  readonly wrong: string;
}

const DEFAULT_PORT = 9092;
const FORMS = 'must be HOST or HOST:PORT, or several of them with commas between';

/**
 * Addresses as other clients of Kafka take them in `bootstrap.servers`: `HOST:PORT`, several with commas between. `kafka://` before one says
 * nothing more, and the port may be left out.
 */
export function brokerAddresses(text: string): readonly (string | NoAddress)[] {
  return text.split(',').map((part) => brokerAddress(part.trim()));
}

function brokerAddress(text: string): string | NoAddress {
  if (text === '') return { wrong: `${FORMS}; one of them is empty` };
  const [, scheme, place = ''] = /^(?:([a-z][a-z\d+._-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  if (scheme !== undefined && scheme.toLowerCase() !== 'kafka') {
    return {
      wrong: 'must be HOST:PORT without a protocol before it; TLS is `tls = {}`, and a login is `sasl = { … }`',
    };
  }
  if (place.includes('@'))
    return { wrong: 'must hold no user or password: they are `sasl = { mechanism, username, password }`' };
  const [, host, port = DEFAULT_PORT] = /^(\[[\da-f:.]+\]|[^\s:/?#[\]]+)(?::(\d{1,5}))?\/?$/i.exec(place) ?? [];
  if (host === undefined) {
    const isUnbracketed = /^[\da-f]*:[\da-f:.]*$/i.test(place) && place.indexOf(':') !== place.lastIndexOf(':');
    return { wrong: isUnbracketed ? 'must have its IPv6 address in brackets, as in [::1]:9092' : FORMS };
  }
  if (Number(port) < 1 || Number(port) > 65_535) return { wrong: 'must have a port from 1 to 65535' };
  return `${host}:${port}`;
}
