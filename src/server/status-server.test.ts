import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createConnection } from 'node:net';
import { test } from 'node:test';
import { SluiceError } from '../errors.ts';
import { type ServerReports, StatusServer } from './status-server.ts';

const anyPort = { host: '127.0.0.1', port: 0 };
const reports: ServerReports = {
  ready: () => true,
  triggers: () => Promise.resolve([{ name: 'jobs', state: 'running' }]),
  metrics: () => 'up 1\n',
};

test('StatusServer serves health, triggers and metrics', async () => {
  await using server = await StatusServer.open(anyPort, reports);
  const live = await fetch(`${server.url}/livez`);
  assert.equal(live.status, 200);
  assert.equal(await live.text(), 'ok\n');
  const triggers = await fetch(`${server.url}/triggers`);
  assert.equal(triggers.headers.get('content-type'), 'application/json');
  assert.deepEqual(await triggers.json(), [{ name: 'jobs', state: 'running' }]);
  const metrics = await fetch(`${server.url}/metrics?from=anywhere`);
  assert.equal(metrics.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(await metrics.text(), 'up 1\n');
});

test('StatusServer is ready when what it reports is, at every request', async () => {
  let ready = false;
  await using server = await StatusServer.open(anyPort, { ...reports, ready: () => ready });
  assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
  ready = true;
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  assert.equal((await fetch(`${server.url}/livez`)).status, 200);
});

test('StatusServer answers what it does not know with 404, and what would change something with 405', async () => {
  await using server = await StatusServer.open(anyPort, reports);
  assert.equal((await fetch(`${server.url}/`)).status, 404);
  const posted = await fetch(`${server.url}/readyz`, { method: 'POST', body: 'x' });
  assert.equal(posted.status, 405);
  assert.equal(posted.headers.get('allow'), 'GET, HEAD');
});

test('StatusServer answers HEAD without a body', async () => {
  await using server = await StatusServer.open(anyPort, reports);
  const head = await fetch(`${server.url}/metrics`, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-length'), '5');
  assert.equal(await head.text(), '');
});

test('StatusServer answers 500 when its reports fail, and goes on', async () => {
  const failing = { ...reports, triggers: () => Promise.reject(new Error('no state')) };
  await using server = await StatusServer.open(anyPort, failing);
  const failed = await fetch(`${server.url}/triggers`);
  assert.equal(failed.status, 500);
  assert.equal(await failed.text(), 'no state\n');
  assert.equal((await fetch(`${server.url}/livez`)).status, 200);
});

test('StatusServer outlives requests that are no HTTP', async () => {
  await using server = await StatusServer.open(anyPort, reports);
  const { port } = new URL(server.url);
  const answer = await new Promise<string>((resolve) => {
    const socket = createConnection(Number(port), '127.0.0.1', () => socket.write('\u0000\u0001 nonsense\r\n\r\n'));
    socket.on('data', (data) => resolve(data.toString()));
  });
  assert.match(answer, /^HTTP\/1\.1 400/);
  assert.equal((await fetch(`${server.url}/livez`)).status, 200);
});

test('StatusServer refuses an address that is in use with SLU5001', async () => {
  await using server = await StatusServer.open(anyPort, reports);
  const port = Number(new URL(server.url).port);
  await assert.rejects(StatusServer.open({ host: '127.0.0.1', port }, reports), (thrown) => {
    assert.ok(thrown instanceof SluiceError);
    assert.equal(thrown.code, 'SLU5001');
    assert.match(thrown.message, new RegExp(`127\\.0\\.0\\.1:${port}: listen EADDRINUSE`));
    return true;
  });
});

test('StatusServer writes IPv6 addresses as URLs want them', async (t) => {
  const server = await StatusServer.open({ host: '::1', port: 0 }, reports).catch(() => undefined);
  if (server === undefined) return t.skip('this machine has no IPv6');
  await using open = server;
  assert.match(open.url, /^http:\/\/\[::1\]:\d+$/);
});

test('StatusServer lets an answer under way finish when it closes, and closes twice', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<object[]>();
  const slow = {
    ...reports,
    triggers: () => {
      asked.resolve();
      return answer.promise;
    },
  };
  const server = await StatusServer.open(anyPort, slow);
  const body = new Promise<string>((resolve, reject) => {
    request(`${server.url}/triggers`, (response) => {
      response.on('data', (data: Buffer) => resolve(data.toString()));
    })
      .on('error', reject)
      .end();
  });
  await asked.promise;
  const closed = Promise.all([server[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
  answer.resolve([]);
  assert.equal(await body, '[]\n');
  await closed;
});

/** What it answers to a request for `/livez` with that `Host`. */
async function statusFor(server: StatusServer, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${server.url}/metrics`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('StatusServer answers nobody who asks by a name that is not its own', async () => {
  await using server = await StatusServer.open({ ...anyPort, hosts: ['Sluice.example.com'] }, reports);
  const answered = [
    '127.0.0.1',
    '127.0.0.1:1',
    '10.1.2.3:9464',
    '[::1]:80',
    'localhost',
    'LOCALHOST:9464',
    'localhost.',
  ];
  for (const host of [...answered, 'sluice.example.com', 'SLUICE.EXAMPLE.COM.:9464']) {
    assert.equal(await statusFor(server, host), 200, host);
  }
  const foreign = [
    'evil.example.com',
    'evil.example.com:9464',
    'localhost.evil.com',
    '127.0.0.1.evil.com',
    'x.sluice.example.com',
  ];
  for (const host of [...foreign, '[evil]', 'a@127.0.0.1', '127.1', '0x7f000001']) {
    assert.equal(await statusFor(server, host), 421, host);
  }
});
