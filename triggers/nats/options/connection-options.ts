import { addressList, certHasKey, duration, tlsKeys } from '#trigger';
import { z } from 'zod';
import { serverAddresses } from './server-address.ts';

const servers = addressList(
  serverAddresses,
  'HOST, HOST:PORT, nats://HOST:PORT or tls://HOST:PORT, with USER:PASSWORD@ or TOKEN@ if need be.',
);

const text = z.string().min(1);

const keys = z.strictObject({
  servers: servers.prefault('127.0.0.1:4222').describe('Servers of one cluster; tried in random order.'),
  user: text.optional().describe('Goes with password.'),
  password: z.string().optional().describe('Goes with user; best as ${file:...}.'),
  token: text.optional().describe('Best as ${file:...}.'),
  nkey: text.optional().describe('An nkey seed, SU...; best as ${file:...}.'),
  credentials: text.optional().describe('The path of a .creds file, read at each connect, or its content.'),
  tls: z
    .strictObject({
      ...tlsKeys,
      handshake_first: z.boolean().prefault(false).describe('For servers that start TLS before their INFO.'),
    })
    .refine(certHasKey, '"cert" and "key" go together')
    .optional()
    .describe('Require TLS. Also required by tls:// servers.'),
  name: text
    .optional()
    .describe('The name of the connection in the server. Default: sluice and the trigger or output.'),
  inbox_prefix: text.optional().describe('For accounts that may not use _INBOX.'),
  domain: text.optional().describe('The JetStream domain.'),
  connect_timeout: duration({ min: '100ms', max: '1m' }).prefault('5s'),
  ping_interval: duration({ min: '1s', max: '10m' })
    .prefault('20s')
    .describe('A connection that leaves two pings unanswered is replaced.'),
});

/** Keys of `[connection.NAME]` with `type = "nats"`. At most one way to authenticate. */
export const connectionOptions = keys
  .superRefine((given, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', message, path: [key] });
    if ((given.user === undefined) !== (given.password === undefined))
      wrong('user', '"user" and "password" go together');
    const ways = (['user', 'token', 'nkey', 'credentials'] as const).filter((way) => given[way] !== undefined);
    for (const way of ways.slice(1)) wrong(way, `must not be given beside "${ways[0]}"`);
    if (ways.length > 0 && given.servers.some(({ user }) => user !== undefined)) {
      wrong('servers', `must not hold user info beside "${ways[0]}"`);
    }
    // The client authenticates in the same way at every server.
    const users = new Set(
      given.servers.filter((one) => one.user !== undefined).map((one) => JSON.stringify([one.user, one.password])),
    );
    if (users.size > 1) wrong('servers', 'must hold the same user info in each address that holds any');
  })
  .transform(({ servers, connect_timeout, ping_interval, inbox_prefix, tls, ...rest }) => ({
    ...rest,
    servers,
    tls: tls ?? (servers.some((one) => one.tls) ? { handshake_first: false } : undefined),
    inboxPrefix: inbox_prefix,
    connectTimeoutMs: connect_timeout,
    pingIntervalMs: ping_interval,
  }));

export type ConnectionOptions = z.output<typeof connectionOptions>;
