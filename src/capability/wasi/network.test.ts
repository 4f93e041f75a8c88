import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneInstance } from '../testing/lone-instance.ts';
import { WitError } from '../capability.ts';
import type { HttpFields } from './http/http-fields.ts';
import type { OutgoingBody, OutgoingRequest, RequestOptions } from './http/http-request.ts';
import { wasi } from './wasi.ts';

interface HttpTypes {
  readonly Fields: typeof HttpFields & (new () => HttpFields);
  readonly OutgoingRequest: new (headers: HttpFields) => OutgoingRequest;
  readonly OutgoingBody: typeof OutgoingBody;
  readonly RequestOptions: new () => RequestOptions;
}

async function bound<T>(name: string, instance = new LoneInstance()): Promise<T> {
  // What generated code calls.
  return (await wasi.bind(`wasi:${name}@0.2.6`, instance)) as T;
}

test('sockets and names are denied by the interfaces’ own error', async () => {
  const { createTcpSocket } = await bound<{ createTcpSocket: () => void }>('sockets/tcp-create-socket');
  const { createUdpSocket } = await bound<{ createUdpSocket: () => void }>('sockets/udp-create-socket');
  const { resolveAddresses } = await bound<{ resolveAddresses: () => void }>('sockets/ip-name-lookup');
  for (const denied of [createTcpSocket, createUdpSocket, resolveAddresses]) {
    assert.throws(denied, { payload: 'access-denied' });
  }
});

test('every interface of sockets and http can be imported', async () => {
  const resources = {
    'sockets/network': ['Network'],
    'sockets/ip-name-lookup': ['ResolveAddressStream'],
    'sockets/tcp': ['TcpSocket'],
    'sockets/udp': ['UdpSocket', 'IncomingDatagramStream', 'OutgoingDatagramStream'],
    'http/types': ['IncomingRequest', 'OutgoingResponse', 'FutureTrailers', 'ResponseOutparam'],
  };
  for (const [name, classes] of Object.entries(resources)) {
    const made = await bound<Record<string, unknown>>(name);
    for (const resource of classes) assert.equal(typeof made[resource], 'function', `${name} ${resource}`);
  }
});

test('a component may make an HTTP request as it likes, and is denied when it sends it', async () => {
  const instance = new LoneInstance();
  const { Fields, OutgoingRequest, OutgoingBody, RequestOptions } = await bound<HttpTypes>('http/types', instance);
  const { handle } = await bound<{ handle: (request: OutgoingRequest, options?: RequestOptions) => void }>(
    'http/outgoing-handler',
    instance,
  );
  // More often than resources of a kind may be open: what is handed over is let go of.
  for (let time = 0; time < 2000; time++) {
    const headers = Fields.fromList([['Accept', Buffer.from('text/html')]]);
    const request = new OutgoingRequest(headers);
    request.setMethod({ tag: 'post' });
    request.setPathWithQuery('/orders?n=1');
    request.setAuthority('example.com');
    const body = request.body();
    const stream = body.write();
    stream.write(Buffer.from('body'));
    stream[Symbol.dispose]();
    OutgoingBody.finish(body, undefined);
    const options = new RequestOptions();
    options.setConnectTimeout(5n);
    assert.equal(options.connectTimeout(), 5n);
    assert.throws(() => handle(request, options), { payload: { tag: 'HTTP-request-denied' } });
  }
});

test('HttpFields compares names without regard to case, and keeps all values', async () => {
  const { Fields } = await bound<HttpTypes>('http/types');
  const fields = new Fields();
  fields.append('X-Tag', Buffer.from('1'));
  fields.append('x-tag', Buffer.from('2'));
  fields.set('Accept', [Buffer.from('a')]);
  assert.deepEqual(fields.get('X-TAG').map(String), ['1', '2']);
  fields.delete('x-Tag');
  assert.equal(fields.has('X-Tag'), false);
  assert.deepEqual(fields.clone().entries(), fields.entries());
  assert.ok(fields.clone() instanceof Fields);
});

test('HttpFields refuses what is no header, and changes to headers of a request', async () => {
  const { Fields, OutgoingRequest } = await bound<HttpTypes>('http/types');
  const fields = new Fields();
  for (const [name, value] of [
    ['no name', 'x'],
    ['', 'x'],
    ['name', 'two\r\nlines'],
  ] as const) {
    assert.throws(() => fields.append(name, Buffer.from(value)), { payload: { tag: 'invalid-syntax' } });
  }
  assert.throws(() => fields.set('large', [new Uint8Array(2 ** 17).fill(65)]), /131072 bytes/);
  const request = new OutgoingRequest(fields);
  assert.throws(() => request.headers().append('a', Buffer.from('b')), { payload: { tag: 'immutable' } });
  request.body();
  assert.throws(() => request.body(), WitError);
});
