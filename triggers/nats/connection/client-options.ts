import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions as ConnectionOptionsOfNode, type PeerCertificate } from 'node:tls';
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  type NodeConnectionOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import { readRegularText, tlsContents } from '#trigger';
import type { ConnectionOptions } from '../options/connection-options.ts';

/** Reconnects are tried without limit, each after a random time between these two, in milliseconds. */
const RECONNECT_MS = { shortest: 250, longest: 2000 };

/** The client's options. Files that they name must be readable now; a .creds file is read again at every connect, as it may rotate. */
export async function clientOptions(options: ConnectionOptions, name: string): Promise<NodeConnectionOptions> {
  const authenticator = await authenticatorOf(options);
  return {
    servers: options.servers.map(({ address }) => address),
    name: options.name ?? `sluice ${name}`,
    timeout: options.connectTimeoutMs,
    pingInterval: options.pingIntervalMs,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () =>
      RECONNECT_MS.shortest + Math.floor(Math.random() * (RECONNECT_MS.longest - RECONNECT_MS.shortest)),
    // Credentials that are refused only for a while (a rotation, a restarting auth service) must not end the connection.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
    ...(authenticator === undefined ? {} : { authenticator }),
    ...tlsOptions(options),
  };
}

async function authenticatorOf({
  servers,
  user,
  password,
  token,
  nkey,
  credentials,
}: ConnectionOptions): Promise<Authenticator | undefined> {
  if (user !== undefined) return usernamePasswordAuthenticator(user, password);
  if (token !== undefined) return tokenAuthenticator(token);
  if (nkey !== undefined) return nkeyAuthenticator(bytes(nkey.trim()));
  if (credentials !== undefined) {
    if (credentials.includes('-----BEGIN')) return credsAuthenticator(bytes(credentials));
    readRegularText(credentials); // a missing file is reported now, by its own name
    return credsAuthenticator(() => bytes(readRegularText(credentials)));
  }
  const inAddress = servers.find((server) => server.user !== undefined);
  if (inAddress?.user === undefined) return undefined;
  return inAddress.password === undefined
    ? tokenAuthenticator(inAddress.user)
    : usernamePasswordAuthenticator(inAddress.user, inAddress.password);
}

type TlsOptions = NonNullable<NodeConnectionOptions['tls']>;

function tlsOptions({ tls, servers }: ConnectionOptions): { readonly tls?: TlsOptions } {
  if (tls === undefined) return {};
  const { handshake_first: handshakeFirst } = tls;
  const options: TlsOptions & Pick<ConnectionOptionsOfNode, 'checkServerIdentity'> = {
    ...tlsContents(tls),
    ...(handshakeFirst ? { handshakeFirst } : {}),
    checkServerIdentity: identityCheck(servers.map(({ host }) => host)),
  };
  return { tls: options };
}

/**
 * The client names no host when it connects to an IP address, and Node then checks the certificate against `localhost`. It must be good for
 * one of the addresses of the connection instead.
 */
function identityCheck(hosts: readonly string[]): (host: string, cert: PeerCertificate) => Error | undefined {
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return (host, cert) => {
    if (host !== 'localhost' || hosts.includes('localhost')) return checkServerIdentity(host, cert);
    const failures = addresses.map((address) => checkServerIdentity(address, cert));
    return failures.includes(undefined) ? undefined : (failures[0] ?? checkServerIdentity(host, cert));
  };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
