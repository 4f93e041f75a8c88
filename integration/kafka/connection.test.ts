import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { silentLogger, SluiceError, StateFile, systemClock } from '#trigger';
import { adapterContext } from '../../src/trigger/conformance/index.ts';
import { KafkajsClient } from '../../triggers/kafka/client/kafkajs/kafkajs-client.ts';
import { connectionOptions } from '../../triggers/kafka/options/connection-options.ts';
import { adapter } from '../../triggers/kafka/index.ts';
import { certificates } from '../brokers/certificates.ts';
import { KAFKA_USER } from '../brokers/kafka-listeners.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';

const forever = new AbortController().signal;

const ODD_PASSWORD = "p:%2F/@=,;#?é 'x'\u{1f511}";

/** Files of properties are Latin-1: all else is escaped in them. */
function escaped(text: string): string {
  return text.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const server = await forFile(
  KafkaServer.start({
    listeners: ['tls', 'mutual-tls', 'sasl', 'sasl-tls'],
    properties: {
      'listener.name.sasl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${KAFKA_USER.username}="${KAFKA_USER.password}" user_odd="${escaped(ODD_PASSWORD)}";`,
    },
  }),
);
const topic = await server.freshTopic();

/** Asks one question, and stores one record, over a connection with these keys. */
async function tryConnection(keys: Readonly<Record<string, unknown>>): Promise<void> {
  const connection = connectionOptions.parse({ connect_timeout: '2s', ...keys });
  const options = { connection, name: 'test', clock: systemClock, log: silentLogger };
  await using client = await KafkajsClient.open(options, forever);
  assert.equal((await client.partitions([topic])).get(topic), 1);
  await using producer = await client.producer({ compression: 'none' });
  await producer.send([{ topic, partition: 0, key: null, value: Buffer.from('x'), headers: [] }]);
}

/** OAuth tokens that anybody may write: the broker under test takes unsigned ones. */
function unsignedToken(expiresInS = 3600): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'none' })}.${part({ sub: 'shop', iat: now - 1, exp: now + expiresInS })}.`;
}

test('a connection logs in with plain and scram, with TLS and without', async () => {
  const { ca } = server.certificates;
  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
    const sasl = { mechanism, ...KAFKA_USER };
    await tryConnection({ brokers: server.address('sasl'), sasl });
    await tryConnection({ brokers: server.address('sasl-tls'), sasl, tls: { ca } });
    await assert.rejects(
      tryConnection({ brokers: server.address('sasl'), sasl: { ...sasl, password: 'hunter2' } }),
      (thrown) => {
        assert.ok(thrown instanceof SluiceError);
        assert.deepEqual([thrown.code, thrown.transient], ['SLU3404', false], thrown.message);
        assert.doesNotMatch(thrown.message, /hunter2/);
        return true;
      },
    );
  }
});

test('a password is taken as it is, whatever is in it', async () => {
  const brokers = server.address('sasl');
  await tryConnection({ brokers, sasl: { mechanism: 'plain', username: 'odd', password: ODD_PASSWORD } });
});

test('a broker is found by its IPv6 address, and by a list with commas', async (context) => {
  const port = Number(server.bootstrap.split(':')[1]);
  const proxy = createTcpServer((socket) => {
    const behind = connect(port, '127.0.0.1');
    socket.pipe(behind).pipe(socket);
    for (const each of [socket, behind]) each.on('error', () => {});
  });
  proxy.listen(0, '::1');
  const listening = await once(proxy, 'listening').then(...yesOrNo);
  if (!listening) return context.skip('this machine has no IPv6');
  const { port: theirs } = proxy.address() as AddressInfo; // it listens on a port
  try {
    await tryConnection({ brokers: `[::1]:${theirs}` });
    await tryConnection({ brokers: `${server.bootstrap} , [::1]:${theirs}` });
  } finally {
    proxy.close();
  }
});

const yesOrNo = [() => true, () => false] as const;

test('a connection logs in with an OAuth token that is given, in a file, or from an endpoint', async () => {
  const brokers = server.address('sasl');
  const oauth = (given: object): Readonly<Record<string, unknown>> => ({
    brokers,
    sasl: { mechanism: 'oauthbearer', ...given },
  });
  await tryConnection(oauth({ token: unsignedToken() }));
  const path = join(server.folder, 'token');
  await writeFile(path, `${unsignedToken()}\n`);
  await tryConnection(oauth({ token_file: path }));
  await assert.rejects(tryConnection(oauth({ token_file: `${path}.missing` })), {
    code: 'SLU3404',
    message: /missing/,
  });
  await assert.rejects(tryConnection(oauth({ token: unsignedToken(-10) })), { code: 'SLU3404' });

  const asked: string[] = [];
  const provider = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (body: string) => asked.push(`${request.headers.authorization} ${body}`));
    request.on('end', () => response.end(JSON.stringify({ access_token: unsignedToken() })));
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const { port } = provider.address() as AddressInfo; // of a TCP server
  const client = { client_id: 'shop', client_secret: 's:3', scope: 'kafka' };
  await tryConnection(oauth({ ...client, endpoint: `http://127.0.0.1:${port}/token` }));
  assert.equal(asked[0], `Basic ${btoa('shop:s%3A3')} grant_type=client_credentials&scope=kafka`);
  provider.closeAllConnections();
  provider.close();
  await assert.rejects(tryConnection(oauth({ ...client, endpoint: `http://127.0.0.1:${port}/token` })), {
    code: 'SLU3403',
    transient: true,
  });
});

test('a connection uses TLS with its own authority and a client certificate, by path or as text', async () => {
  const { ca, client } = server.certificates;
  await tryConnection({ brokers: server.address('tls'), tls: { ca } });
  await tryConnection({ brokers: server.address('tls'), tls: { ca: join(server.folder, 'ca.pem') } });
  await tryConnection({ brokers: server.address('mutual-tls'), tls: { ca, ...client } });
});

test('a connection refuses a broker that it does not trust, and a file that is missing', async () => {
  const brokers = server.address('tls');
  for (const tls of [{}, { ca: certificates().ca }, { ca: '/nowhere/ca.pem' }]) {
    await assert.rejects(tryConnection({ brokers, tls }), { code: 'SLU3404', transient: false }, JSON.stringify(tls));
  }
});

test('a connection without the certificate that the broker requires gets an error that says so', async () => {
  const { ca } = server.certificates;
  await assert.rejects(tryConnection({ brokers: server.address('mutual-tls'), tls: { ca } }), { code: 'SLU3404' });
});

test('a broker that is not there is a passing error, and another one of the list is used', async () => {
  await assert.rejects(tryConnection({ brokers: '127.0.0.1:1' }), {
    code: 'SLU3403',
    transient: true,
    message: /127\.0\.0\.1:1/,
  });
  await tryConnection({ brokers: ['127.0.0.1:1', server.bootstrap] });
});

test('opening gives up when its signal is aborted', async () => {
  const connection = connectionOptions.parse({ brokers: '127.0.0.1:1' });
  const options = { connection, name: 'test', clock: systemClock, log: silentLogger };
  await assert.rejects(KafkajsClient.open(options, AbortSignal.abort()), { name: 'AbortError' });
});

test('whether a trigger could be opened is found out without joining its group', async () => {
  const trigger = adapter.trigger!;
  const connection = connectionOptions.parse({ brokers: server.bootstrap });
  await using state = StateFile.open(':memory:');
  const probe = (keys: object): Promise<void> =>
    trigger.probe!(trigger.schema.parse({ group: 'probed', ...keys }), adapterContext(state, { connection }), forever);
  await probe({ topic });
  await probe({ pattern: 'topic-.*' });
  await assert.rejects(probe({ topic: 'nowhere' }), { code: 'SLU3406' });
  await assert.rejects(probe({ pattern: 'nowhere.*' }), { code: 'SLU3406' });
  const admin = new Kafka({ brokers: [server.bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  await admin.disconnect();
  assert.ok(groups.every(({ groupId }) => groupId !== 'probed'));
});
