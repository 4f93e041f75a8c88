import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { systemClock } from '../../clock.ts';
import { silentLogger } from '../../logger.ts';
import { StateFile } from '../../state/state-file.ts';
import { LoneInstance, nobody } from '../testing/lone-instance.ts';
import type { IncomingResponse } from '../wasi/http/http-outgoing.ts';
import { wasi } from '../wasi/wasi.ts';
import type { Resolve } from './connections.ts';
import { HttpGuest, writeAll } from './testing/http-guest.ts';
import { HttpPeer } from './testing/http-peer.ts';

function asResponse(answer: IncomingResponse | { readonly tag: string }): IncomingResponse {
  assert.ok(!('tag' in answer), JSON.stringify(answer));
  return answer;
}

const headerOf = (response: IncomingResponse, name: string): string[] => response.headers().get(name).map(String);

/** Of a stream, with the code of HTTP behind it. */
const isFailure =
  (tag: string) =>
  (thrown: { payload: { tag: string; val: { code: unknown } } }): boolean => {
    assert.equal(thrown.payload.tag, 'last-operation-failed');
    assert.deepEqual(thrown.payload.val.code, { tag });
    return true;
  };

const leadingTo =
  (address: string, asked: string[] = []): Resolve =>
  (name, _options, callback) => {
    asked.push(name);
    setImmediate(() => callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]));
  };

test('a guest gets a response with its status, fields and body, and one connection serves several requests', async (t) => {
  await using peer = await HttpPeer.open((request, response) => {
    response.writeHead(203, { 'x-path': request.url, 'x-tag': ['a', 'b'], 'keep-alive': 'timeout=5' });
    response.end(`asked by ${request.headers['x-who']?.toString()}`);
  });
  const guest = await HttpGuest.open(t, [peer.origin]);
  for (let time = 0; time < 3; time++) {
    const response = asResponse(
      await guest.fetch({ url: `${peer.origin}/orders?n=${time}`, headers: { 'X-Who': 'me' } }),
    );
    assert.equal(response.status(), 203);
    assert.deepEqual(headerOf(response, 'x-path'), [`/orders?n=${time}`]);
    assert.deepEqual(headerOf(response, 'x-tag'), ['a', 'b']);
    assert.deepEqual([...headerOf(response, 'keep-alive'), ...headerOf(response, 'connection')], []);
    assert.equal(await guest.textOf(response), 'asked by me');
    response[Symbol.dispose]();
  }
  assert.equal(peer.connections, 1);
  assert.equal(peer.requests[0]?.headers.host, peer.authority);
});

test('a guest sends a body before its request, after it, or with a length that it gave', async (t) => {
  await using peer = await HttpPeer.open(async (request, response) => {
    const { 'content-length': length = 'none', 'transfer-encoding': coding = 'none' } = request.headers;
    response.end(`${length} ${coding} ${(await text(request)).length}`);
  });
  const guest = await HttpGuest.open(t, [peer.origin]);
  const post = async (
    bytes: number,
    early: boolean,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const request = guest.request({ url: peer.origin, method: 'POST', headers });
    const body = request.body();
    const stream = body.write();
    const sent = early ? undefined : guest.send(request);
    await writeAll(stream, 'x'.repeat(bytes));
    stream[Symbol.dispose]();
    guest.types.OutgoingBody.finish(body, undefined);
    return guest.textOf(asResponse(await guest.answerTo(sent ?? guest.send(request))));
  };
  assert.equal(await post(10, true), '10 none 10');
  assert.equal(await post(0, true), '0 none 0');
  assert.equal(await post(1_000_000, false), 'none chunked 1000000');
  assert.equal(await post(100_000, false, { 'Content-Length': '100000' }), '100000 none 100000');
});

test('a body that is not as long as it said, or is dropped before it is finished, is no request that a server takes for whole', async (t) => {
  let whole = 0;
  await using peer = await HttpPeer.open((request, response) => {
    request.on('error', () => {});
    request.on('end', () => (whole += 1));
    request.on('end', () => response.end()).resume();
  });
  const guest = await HttpGuest.open(t, [peer.origin]);
  const sent = (length: string | undefined, bytes: number, finished: boolean): Promise<unknown> => {
    const headers: Record<string, string> = length === undefined ? {} : { 'content-length': length };
    const request = guest.request({ url: peer.origin, method: 'POST', headers });
    const body = request.body();
    const future = guest.send(request);
    const stream = body.write();
    stream.write(new Uint8Array(bytes));
    stream[Symbol.dispose]();
    if (finished) guest.types.OutgoingBody.finish(body, undefined);
    else body[Symbol.dispose]();
    return guest.answerTo(future);
  };
  assert.deepEqual(await sent('10', 5, true), { tag: 'HTTP-request-body-size', val: undefined });
  assert.deepEqual(await sent('10', 50, true), { tag: 'HTTP-request-body-size', val: undefined });
  assert.deepEqual(await sent(undefined, 5, false), { tag: 'connection-terminated' });
  assert.equal(whole, 0);
});

test('a request elsewhere is denied, and the log says which entry is missing', async (t) => {
  await using peer = await HttpPeer.open((_, response) => response.end());
  const guest = await HttpGuest.open(t, [`http://127.0.0.1:${peer.port}`, 'https://*.example.com']);
  const elsewhere = {
    [`http://localhost:${peer.port}`]: `"http://localhost:${peer.port}"`,
    [`https://127.0.0.1:${peer.port}`]: `"https://127.0.0.1:${peer.port}"`,
    'http://127.0.0.1': '"http://127.0.0.1"',
    [`http://127.0.0.2:${peer.port}`]: `"http://127.0.0.2:${peer.port}"`,
    'https://example.com': '"https://example.com"',
    'https://example.com.evil.net': '"https://example.com.evil.net"',
    'http://0:1': '"http://0.0.0.0:1"',
    'http://[::ffff:127.0.0.1]': '"http://[::ffff:7f00:1]"',
  };
  for (const [url, entry] of Object.entries(elsewhere)) {
    assert.equal(await guest.failureOf({ url }), 'HTTP-request-denied', url);
    assert.match(
      guest.instance.lines.at(-1)?.text ?? '',
      new RegExp(`denied: allow\\.http has no ${RegExp.escape(entry)}$`),
    );
  }
  // Other spellings of what is granted are that.
  for (const host of ['2130706433', '0x7f.1', '127.1', '127.0.0.1.', '0177.0.0.01'])
    assert.equal(await guest.failureOf({ url: `http://${host}:${peer.port}` }), 'status 200', host);
  assert.ok(peer.requests.every(({ headers }) => headers.host === peer.authority));
});

test('a guest whose half is not to be trusted gets no further on the main thread', async (t) => {
  await using peer = await HttpPeer.open((_, response) => response.end('secret'));
  const guest = await HttpGuest.open(t, ['https://api.example.com']);
  const sent = { method: 'GET', scheme: 'http', authority: peer.authority, path: '/', fields: [], more: false };
  let number = 0;
  const answer = (request: object): Promise<unknown> => guest.instance.ask('send', [++number, { ...sent, ...request }]);
  assert.match(JSON.stringify(await answer({})), /HTTP-request-denied/);
  const granted = { scheme: 'https', authority: 'api.example.com' };
  for (const bad of [
    { path: `http://${peer.authority}/` },
    { method: 'CONNECT' },
    { method: 'GET / HTTP/1.1\r\nx: y' },
    { path: '/ HTTP/1.1\r\nhost: evil' },
    { fields: [['host', peer.authority]] },
    { fields: [['Transfer-Encoding', 'chunked']] },
    { authority: `api.example.com@${peer.authority}` },
    { fields: Array.from({ length: 1025 }, (_, n) => [`x-${n}`, '']) },
    { fields: [['x', 'y'.repeat(200_000)]] },
    { fields: [['content-length', '5']] },
    { fields: [['x', 'y\r\nhost: evil']] },
    { fields: [['x: y\r\nhost', 'evil']] },
  ])
    assert.match(
      JSON.stringify(await answer({ ...granted, ...bad })),
      /HTTP-protocol-error/,
      JSON.stringify(bad).slice(0, 80),
    );
  for (const bad of [{ scheme: 'file' }, { fields: [['x']] }, { body: 'text' }, { connectMs: 'soon' }, { path: 7 }])
    await assert.rejects(answer({ ...granted, ...bad }), TypeError, JSON.stringify(bad));
  for (const [method, args] of [
    ['write', [7, new Uint8Array(65_537)]],
    ['read', []],
    ['constructor', [7]],
  ] as const)
    await assert.rejects(guest.instance.ask(method, args), TypeError);
  assert.equal(peer.requests.length, 0);
});

test('without a grant, the main thread sends nothing, whatever a thread asks', async () => {
  const context = { component: 'a', grants: new LoneInstance().grants, clock: systemClock, log: silentLogger };
  await using state = StateFile.open(':memory:');
  const serve = wasi.serve?.({ ...context, state });
  assert.ok(serve !== undefined);
  await assert.rejects(serve('send', [1, {}], nobody), { name: 'NotGranted' });
});

test('a public name that leads to a private address is not connected to, and the address that was looked at is the one that is', async (t) => {
  await using peer = await HttpPeer.open((_, response) => response.end('here'));
  const entry = `http://api.example.com:${peer.port}`;
  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '169.254.169.254', '0.0.0.0', '::1', '10.0.0.1']) {
    const guest = await HttpGuest.open(t, [entry], leadingTo(address));
    assert.equal(await guest.failureOf({ url: entry }), 'destination-IP-prohibited', address);
    assert.match(
      guest.instance.lines.at(-1)?.text ?? '',
      /leads to \S+, a private address, which allow\.http must name itself/,
    );
  }
  assert.equal(peer.connections, 0);
  const wildcard = await HttpGuest.open(t, [`http://*.example.com:${peer.port}`], leadingTo('127.0.0.1'));
  assert.equal(await wildcard.failureOf({ url: entry }), 'destination-IP-prohibited');
  const asked: string[] = [];
  const guest = await HttpGuest.open(t, [entry, peer.origin], leadingTo('127.0.0.1', asked));
  assert.equal(await guest.failureOf({ url: entry }), 'status 200');
  assert.deepEqual(asked, ['api.example.com']);
  assert.equal(peer.requests[0]?.headers.host, `api.example.com:${peer.port}`);
});

test('a redirect is not followed', async (t) => {
  await using other = await HttpPeer.open((_, response) => response.end('other'));
  await using peer = await HttpPeer.open((_, response) => response.writeHead(302, { location: other.origin }).end());
  const guest = await HttpGuest.open(t, [peer.origin, other.origin]);
  const response = asResponse(await guest.fetch({ url: peer.origin }));
  assert.deepEqual([response.status(), headerOf(response, 'location')], [302, [other.origin]]);
  assert.equal(other.connections, 0);
});

test('parts of a request that HTTP has no place for fail, and fields of the connection are forbidden', async (t) => {
  await using peer = await HttpPeer.open((_, response) => response.end());
  const guest = await HttpGuest.open(t, [peer.origin]);
  const { origin, authority } = peer;
  const wrong = {
    'HTTP-request-URI-invalid': [
      { url: `http://me:pw@${authority}/` },
      { url: `${origin}/a b` },
      { url: `${origin}/a\r\nx: y` },
      { url: `${origin}/ü` },
      { url: `${origin}/a#b` },
      { url: 'http:///' },
    ],
    'HTTP-request-method-invalid': [
      { url: origin, method: 'CONNECT' },
      { url: origin, method: 'Connect' },
      { url: origin, method: 'GET /x HTTP/1.1\r\n' },
      { url: origin, method: 'X'.repeat(65) },
    ],
    'HTTP-protocol-error': [{ url: `ftp://${authority}/` }, { url: origin, headers: { 'content-length': '3' } }],
    forbidden: ['Host', 'Connection', 'transfer-encoding', 'Upgrade', 'keep-alive', 'proxy-authorization', 'TE'].map(
      (name) => ({ url: origin, headers: { [name]: 'x' } }),
    ),
    'invalid-syntax': [
      { url: origin, headers: { 'x-a': 'y\r\nhost: evil' } },
      { url: origin, headers: { 'x a': 'y' } },
    ],
  };
  for (const [tag, all] of Object.entries(wrong))
    for (const parts of all) assert.equal(await guest.failureOf(parts), tag, JSON.stringify(parts));
  assert.equal(peer.requests.length, 0);
});

test('timeouts of the guest end a connect, a wait for the response and a wait within its body', async (t) => {
  await using peer = await HttpPeer.open((request, response) => {
    if (request.url === '/silent') return;
    response.write('begun');
  });
  const guest = await HttpGuest.open(t, [peer.origin, 'http://api.example.com'], () => {});
  assert.equal(await guest.failureOf({ url: 'http://api.example.com', connectMs: 20 }), 'connection-timeout');
  assert.equal(await guest.failureOf({ url: `${peer.origin}/silent`, firstByteMs: 20 }), 'HTTP-response-timeout');
  const response = asResponse(await guest.fetch({ url: peer.origin, betweenBytesMs: 20 }));
  await assert.rejects(guest.textOf(response), isFailure('connection-read-timeout'));
});

test('an endless body waits for its guest, and nothing holds it meanwhile', async (t) => {
  let written = 0;
  let isClosed = false;
  await using peer = await HttpPeer.open((_, response) => {
    const piece = Buffer.alloc(65_536);
    const write = (): void => {
      while (!response.closed && response.write(piece)) written += piece.length;
      written += piece.length;
    };
    response.on('drain', write).on('close', () => (isClosed = true));
    write();
  });
  const guest = await HttpGuest.open(t, [peer.origin]);
  const response = asResponse(await guest.fetch({ url: peer.origin }));
  const body = response.consume();
  const stream = body.stream();
  assert.ok((await stream.blockingRead(1_000_000n)).length <= 65_536);
  // What is on its way by then is in sockets: megabytes at most, whoever waits for how long.
  for (let before = -1; before !== written; await new Promise((resolve) => setTimeout(resolve, 50))) before = written;
  assert.ok(written < 16 * 2 ** 20, `${written} bytes`);
  stream[Symbol.dispose]();
  body[Symbol.dispose]();
  response[Symbol.dispose]();
  while (!isClosed) await new Promise((resolve) => setImmediate(resolve));
});

test('what a call leaves open is aborted when it has ended', async (t) => {
  const closed: string[] = [];
  await using peer = await HttpPeer.open((request, response) => {
    response.on('close', () => closed.push(request.url ?? ''));
    if (request.url === '/body') response.write('begun');
  });
  const guest = await HttpGuest.open(t, [peer.origin]);
  guest.send(guest.request({ url: `${peer.origin}/silent` }));
  asResponse(await guest.fetch({ url: `${peer.origin}/body` }));
  const upload = guest.request({ url: `${peer.origin}/upload`, method: 'POST' });
  const stream = upload.body().write();
  guest.send(upload);
  stream.write(Buffer.from('begun'));
  while (peer.requests.length < 3) await new Promise((resolve) => setImmediate(resolve));
  guest.instance.endCall();
  while (closed.length < 3) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(closed.toSorted(), ['/body', '/silent', '/upload']);
});

test('a future that is dropped aborts its request, and a guest may have sixteen under way', async (t) => {
  let closed = 0;
  await using peer = await HttpPeer.open((_, response) => void response.on('close', () => (closed += 1)));
  const guest = await HttpGuest.open(t, [peer.origin]);
  const futures = Array.from({ length: 16 }, () => guest.send(guest.request({ url: peer.origin })));
  assert.throws(() => guest.send(guest.request({ url: peer.origin })), { name: 'TooManyResources' });
  while (peer.requests.length < 16) await new Promise((resolve) => setImmediate(resolve));
  for (const future of futures) future[Symbol.dispose]();
  while (closed < 16) await new Promise((resolve) => setImmediate(resolve));
  guest.send(guest.request({ url: peer.origin }));
});

test('what a server does wrong is an error of the interface', async (t) => {
  const answers: Readonly<Record<string, string>> = {
    garbage: 'SSH-2.0-none\r\n',
    cut: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc',
    silence: '',
    huge: `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
    many: `HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(2000)}content-length: 0\r\n\r\n`,
    smuggled: 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc',
    informed: 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    chatty: 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(20) + 'HTTP/1.1 204 No Content\r\n\r\n',
    switched: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (data) => socket.end(answers[/^GET \/(\w+)/.exec(String(data))?.[1] ?? ''] ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const origin = `http://127.0.0.1:${address.port}`;
  const guest = await HttpGuest.open(t, [origin]);
  const failures: Record<string, string> = {};
  for (const name of Object.keys(answers)) failures[name] = await guest.failureOf({ url: `${origin}/${name}` });
  assert.deepEqual(failures, {
    garbage: 'HTTP-protocol-error',
    cut: 'status 200',
    silence: 'connection-terminated',
    huge: 'HTTP-response-header-section-size',
    many: 'HTTP-response-header-section-size',
    smuggled: 'HTTP-response-incomplete',
    informed: 'status 204',
    chatty: 'HTTP-protocol-error',
    switched: 'connection-terminated',
  });
  const cut = asResponse(await guest.fetch({ url: `${origin}/cut` }));
  await assert.rejects(guest.textOf(cut), isFailure('HTTP-response-incomplete'));
  const refused = await HttpGuest.open(t, ['http://127.0.0.1:1']);
  assert.equal(await refused.failureOf({ url: 'http://127.0.0.1:1' }), 'connection-refused');
});
