import { connect, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;
/** As Windows writes IPv6 addresses where a name is wanted. */
const LITERAL = '.ipv6-literal.net';

/** kafkajs takes what stands before the first colon for the host: an IPv6 address in brackets gets a name without colons. */
export function withoutColons(broker: string): string {
  return broker.replace(/^\[(.*)\]/, (_, address: string) => address.replaceAll(':', '-') + LITERAL);
}

/** As that of kafkajs, and those names are addresses again. */
export const socketFactory: ISocketFactory = ({ host: named, port, ssl, onConnect }) => {
  const host = named.endsWith(LITERAL) ? named.slice(0, -LITERAL.length).replaceAll('-', ':') : named;
  // Without TLS kafkajs gives `false`, whatever its types say.
  const tls = ssl as ConnectionOptions | false | undefined;
  const socket = tls
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...tls }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
};
