import { join } from 'node:path';

/** Who may connect to a broker, and how; `proxied` sends its clients through a `FaultProxy`, `sasl` offers every mechanism. */
export type KafkaListener = 'plain' | 'proxied' | 'tls' | 'mutual-tls' | 'sasl' | 'sasl-tls';

/** Who may log in, by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. OAUTHBEARER takes unsigned tokens of anybody. */
export const KAFKA_USER = { username: 'alice', password: 'wonderland' } as const;

export interface ListenerPorts {
  /** Where the broker listens. */
  readonly bound: number;
  /** Where it tells clients to connect. */
  readonly advertised: number;
}

/** Which node of a cluster it is. Each is a broker and a controller. */
export interface KafkaNode {
  /** From 1 on. */
  readonly id: number;
  /** Addresses of all nodes, by their ids. */
  readonly controllerPorts: readonly number[];
}

const securityOf: Readonly<Record<KafkaListener, string>> = {
  plain: 'PLAINTEXT',
  proxied: 'PLAINTEXT',
  tls: 'SSL',
  'mutual-tls': 'SSL',
  sasl: 'SASL_PLAINTEXT',
  'sasl-tls': 'SASL_SSL',
};

export function isTls(listener: KafkaListener): boolean {
  return listener.endsWith('tls');
}

/** The broker's properties for these listeners. Those with TLS want `server.pem` (key and certificate) and `ca.pem` in the folder. */
export function listenerProperties(
  listeners: ReadonlyMap<KafkaListener, ListenerPorts>,
  { id, controllerPorts }: KafkaNode,
  folder: string,
): Record<string, string> {
  const bound = [`CONTROLLER://127.0.0.1:${controllerPorts[id - 1]}`];
  const advertised: string[] = [];
  const protocols = ['CONTROLLER:PLAINTEXT'];
  const security: Record<string, string> = {};
  for (const [listener, ports] of listeners) {
    const name = listener.toUpperCase().replace('-', '_');
    bound.push(`${name}://127.0.0.1:${ports.bound}`);
    advertised.push(`${name}://127.0.0.1:${ports.advertised}`);
    protocols.push(`${name}:${securityOf[listener]}`);
    const own = { ...(isTls(listener) ? tls(listener, folder) : {}), ...(listener.startsWith('sasl') ? sasl : {}) };
    for (const [key, value] of Object.entries(own)) security[`listener.name.${name.toLowerCase()}.${key}`] = value;
  }
  return {
    listeners: bound.join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': protocols.join(','),
    'node.id': String(id),
    'controller.quorum.voters': controllerPorts.map((port, n) => `${n + 1}@127.0.0.1:${port}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    ...security,
  };
}

function tls(listener: KafkaListener, folder: string): Record<string, string> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(folder, 'server.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(folder, 'ca.pem'),
    'ssl.client.auth': listener === 'mutual-tls' ? 'required' : 'none',
  };
}

const modules = 'org.apache.kafka.common.security';
const sasl = {
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
  'plain.sasl.jaas.config': `${modules}.plain.PlainLoginModule required user_${KAFKA_USER.username}="${KAFKA_USER.password}";`,
  'scram-sha-256.sasl.jaas.config': `${modules}.scram.ScramLoginModule required;`,
  'scram-sha-512.sasl.jaas.config': `${modules}.scram.ScramLoginModule required;`,
  'oauthbearer.sasl.jaas.config': `${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
};
