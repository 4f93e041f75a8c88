import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { type Logger, readRegularText } from '#trigger';
import type { KafkaConfig, Mechanism, SASLOptions } from 'kafkajs';
import type { ConnectionOptions, Sasl } from '../../options/connection-options.ts';
import { clientLog } from './client-log.ts';
import { socketFactory, withoutColons } from './ipv6-brokers.ts';
import { oauthLogin } from './oauth-login.ts';
import { oauthToken } from './oauth-token.ts';

/** Of a connection, within a second: whoever wants one tries again by itself, and retries within retries made an outage show after 20 s. */
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 };

/** What the library is told of a connection. Files that are named must be readable now. */
export async function kafkajsConfig(
  { brokers, tls, sasl, clientId, connectTimeoutMs, requestTimeoutMs }: ConnectionOptions,
  name: string,
  log: Logger,
): Promise<KafkaConfig> {
  return {
    brokers: brokers.map(withoutColons),
    socketFactory,
    clientId: clientId ?? `sluice ${name}`,
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: RETRY,
    ...(tls === undefined ? {} : { ssl: await tlsOptions(tls) }),
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
    ...clientLog(log),
  };
}

async function tlsOptions({ ca, cert, key }: NonNullable<ConnectionOptions['tls']>): Promise<TlsOptions> {
  return {
    ...(ca === undefined ? {} : { ca: await pem(ca) }),
    ...(cert === undefined ? {} : { cert: await pem(cert) }),
    ...(key === undefined ? {} : { key: await pem(key) }),
  };
}

/** A path, or the text itself. */
async function pem(given: string): Promise<string> {
  return given.includes('-----BEGIN') ? given : readRegularText(given);
}

function saslOptions(sasl: Sasl): SASLOptions | Mechanism {
  if (sasl.mechanism === 'oauthbearer') return oauthLogin(() => oauthToken(sasl.token));
  const options: SASLOptions = { ...sasl };
  return options;
}
