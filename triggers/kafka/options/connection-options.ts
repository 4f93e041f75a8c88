import { addressList, certHasKey, duration, type NoAddress, tlsKeys } from '#trigger';
import { z } from 'zod';

const text = z.string().min(1);

/** The PLAIN mechanism sends both with NUL between (RFC 4616). */
const credential = z.string().refine((given) => !given.includes('\0'), 'must not hold a NUL character');

const brokers = addressList(brokerAddresses, 'HOST or HOST:PORT, or several with commas between.');

const saslKeys = z.strictObject({
  mechanism: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'])
    .describe('plain sends the password unencrypted: use it only with tls.'),
  username: credential.min(1).optional().describe('For plain and scram.'),
  password: credential.optional().describe('For plain and scram; best as ${file:...}.'),
  token: text.optional().describe('For oauthbearer: a token that does not expire.'),
  token_file: text.optional().describe('For oauthbearer: the path of a file with the token, read at each connect.'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('For oauthbearer: the endpoint that issues tokens (RFC 6749, client credentials).'),
  client_id: text.optional().describe('Of oauthbearer with endpoint.'),
  client_secret: text.optional().describe('Of oauthbearer with endpoint; best as ${file:...}.'),
  scope: text.optional().describe('Of oauthbearer with endpoint.'),
});

const passwordKeys = ['username', 'password'] as const;
const tokenKeys = ['token', 'token_file', 'endpoint'] as const;
const clientKeys = ['client_id', 'client_secret', 'scope'] as const;

const sasl = saslKeys
  .superRefine((given, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', message, path: [key] });
    const foreign = given.mechanism === 'oauthbearer' ? passwordKeys : [...tokenKeys, ...clientKeys];
    for (const key of foreign) {
      if (given[key] !== undefined) wrong(key, `does not go with mechanism = "${given.mechanism}"`);
    }
    if (given.mechanism !== 'oauthbearer') {
      for (const key of passwordKeys) if (given[key] === undefined) wrong(key, 'is required');
      return;
    }
    const [way, ...more] = tokenKeys.filter((key) => given[key] !== undefined);
    if (way === undefined) wrong('token', 'is required, or "token_file", or "endpoint"');
    for (const key of more) wrong(key, `must not be given beside "${way}"`);
    for (const key of clientKeys) {
      if (way !== 'endpoint' && given[key] !== undefined) wrong(key, 'goes with "endpoint"');
      if (way === 'endpoint' && key !== 'scope' && given[key] === undefined) wrong(key, 'is required');
    }
  })
  .transform((given): Sasl => {
    const { mechanism, username = '', password = '' } = given;
    return mechanism === 'oauthbearer' ? { mechanism, token: tokenSource(given) } : { mechanism, username, password };
  });

/** The login of a connection. */
export type Sasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: TokenSource };

/** The source of an OAuth token. */
export type TokenSource =
  | { readonly kind: 'fixed'; readonly token: string }
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'endpoint';
      readonly endpoint: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope: string | undefined;
    };

/** Keys of `[connection.NAME]` with `type = "kafka"`. */
export const connectionOptions = z
  .strictObject({
    brokers: brokers.prefault('127.0.0.1:9092').describe('Some brokers of one cluster; they name the others.'),
    tls: z
      .strictObject(tlsKeys)
      .refine(certHasKey, '"cert" and "key" go together')
      .optional()
      .describe('Require TLS; {} if Node trusts the brokers anyway.'),
    sasl: sasl.optional().describe('The login of the connection.'),
    client_id: text
      .optional()
      .describe('The name of the connection in logs and quotas. Default: sluice and the trigger or output.'),
    connect_timeout: duration({ min: '100ms', max: '1m' }).prefault('5s'),
    request_timeout: duration({ min: '1s', max: '5m' })
      .prefault('30s')
      .describe('A request that is unanswered for this long is sent again.'),
  })
  .transform(({ brokers, tls, sasl, client_id, connect_timeout, request_timeout }) => ({
    brokers,
    tls,
    sasl,
    clientId: client_id,
    connectTimeoutMs: connect_timeout,
    requestTimeoutMs: request_timeout,
  }));

export type ConnectionOptions = z.output<typeof connectionOptions>;

function tokenSource(given: z.output<typeof saslKeys>): TokenSource {
  const { token = '', token_file: path, endpoint, client_id: clientId = '', client_secret: clientSecret = '' } = given;
  if (path !== undefined) return { kind: 'file', path };
  if (endpoint === undefined) return { kind: 'fixed', token };
  return { kind: 'endpoint', endpoint, clientId, clientSecret, scope: given.scope };
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
