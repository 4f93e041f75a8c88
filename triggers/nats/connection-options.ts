import { duration } from '#trigger';
import { z } from 'zod';

/** One server of a connection, its user info taken out. */
export interface ServerAddress {
  /** `HOST:PORT`, as the client wants it. */
  readonly address: string;
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
}

const DEFAULT_PORT = 4222;

const server = z
  .string()
  .describe('HOST, HOST:PORT, nats://HOST:PORT or tls://HOST:PORT, with USER:PASSWORD@ or TOKEN@ if need be.')
  .transform((text, context): ServerAddress => {
    const address = parseAddress(text);
    if (address !== undefined) return address;
    context.addIssue({
      code: 'custom',
      message: 'must be HOST:PORT, nats://HOST:PORT or tls://HOST:PORT',
      input: text,
    });
    return z.NEVER;
  });

const text = z.string().min(1);

const keys = z.strictObject({
  servers: z
    .union([server.transform((one) => [one]), z.array(server).min(1)])
    .prefault('127.0.0.1:4222')
    .describe('Servers of one cluster; tried in random order.'),
  user: text.optional().describe('Goes with password.'),
  password: z.string().optional().describe('Goes with user; best as ${file:...}.'),
  token: text.optional().describe('Best as ${file:...}.'),
  nkey: text.optional().describe('An nkey seed, SU...; best as ${file:...}.'),
  credentials: text.optional().describe('The path of a .creds file, read at each connect, or its content.'),
  tls: z
    .strictObject({
      ca: text.optional().describe('Path or PEM of the authorities to trust. Default: those of Node.'),
      cert: text.optional().describe('Path or PEM of a client certificate.'),
      key: text.optional().describe("Path or PEM of the client certificate's private key."),
      handshake_first: z.boolean().prefault(false).describe('For servers that start TLS before their INFO.'),
    })
    .refine(({ cert, key }) => (cert === undefined) === (key === undefined), '"cert" and "key" go together')
    .optional()
    .describe('TLS, and nothing but TLS. Also on with tls:// servers.'),
  name: text
    .optional()
    .describe('How the connection is called in the server. Default: sluice and the trigger or output.'),
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

function parseAddress(text: string): ServerAddress | undefined {
  const [, scheme = 'nats', userInfo, host, port = DEFAULT_PORT] =
    /^(?:(nats|tls):\/\/)?(?:([^@/]*)@)?(\[[\da-f:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?\/?$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  const address = {
    address: `${host}:${port}`,
    host: host.replaceAll(/[[\]]/g, ''),
    tls: scheme.toLowerCase() === 'tls',
  };
  if (userInfo === undefined) return address;
  const [user, password] = userInfo.split(':', 2).map(decodeURIComponent);
  return { ...address, user: user ?? '', ...(password === undefined ? {} : { password }) };
}
