import { connect, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import { type Logger, tlsContents } from '#trigger';
import {
  type ISocketFactory,
  type KafkaConfig,
  type logCreator,
  type LogEntry,
  logLevel,
  type Mechanism,
  type SASLOptions,
} from 'kafkajs';
import type { ConnectionOptions, Sasl } from '../../options/connection-options.ts';
import { oauthLogin, oauthToken } from './oauth.ts';

/** Tries to connect, within a second. Callers retry by themselves, and with retries inside retries an outage showed only after 20 s. */
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 };

/** The library's configuration for a connection. Files that it names must be readable now. */
export function kafkajsConfig(
  { brokers, tls, sasl, clientId, connectTimeoutMs, requestTimeoutMs }: ConnectionOptions,
  name: string,
  log: Logger,
): KafkaConfig {
  return {
    brokers: brokers.map(withoutColons),
    socketFactory,
    clientId: clientId ?? `sluice ${name}`,
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: RETRY,
    ...(tls === undefined ? {} : { ssl: tlsContents(tls) }),
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
    ...clientLog(log),
  };
}

function saslOptions(sasl: Sasl): SASLOptions | Mechanism {
  if (sasl.mechanism === 'oauthbearer') return oauthLogin(() => oauthToken(sasl.token));
  const options: SASLOptions = { ...sasl };
  return options;
}

const KEEP_ALIVE_MS = 60_000;
/** The form in which Windows writes an IPv6 address as a name. */
const LITERAL = '.ipv6-literal.net';

/** kafkajs takes the text before the first colon for the host, so an IPv6 address in brackets gets a name without colons. */
export function withoutColons(broker: string): string {
  return broker.replace(/^\[(.*)\]/, (_, address: string) => address.replaceAll(':', '-') + LITERAL);
}

/** Like kafkajs's own, but turns those names back into addresses. */
export const socketFactory: ISocketFactory = ({ host: named, port, ssl, onConnect }) => {
  const host = named.endsWith(LITERAL) ? named.slice(0, -LITERAL.length).replaceAll('-', ':') : named;
  // Without TLS kafkajs passes `false`, whatever its types say.
  const tls = ssl as TlsOptions | false | undefined;
  const socket = tls
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...tls }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
};

/** Writes the library's log lines to ours. Fatal failures also come back as errors, so these are warnings at most. */
export function clientLog(log: Logger): { readonly logLevel: logLevel; readonly logCreator: logCreator } {
  return {
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => write(log, entry),
  };
}

function write(log: Logger, { namespace, level, log: line }: LogEntry): void {
  const { message, timestamp: _, logger: __, stack: ___, ...about } = line;
  const entry = { ...about, client: namespace };
  if (level <= logLevel.ERROR && !isAnswer(message)) log.warn(entry, `Kafka client: ${message}`);
  else log.debug(entry, `Kafka client: ${message}`);
}

/** A broker refused a request. The caller knows and usually retries; with transactions many times a second, until the last one has ended. */
function isAnswer(message: string): boolean {
  return message.startsWith('Response ');
}
