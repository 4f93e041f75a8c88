import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneInstance } from '../capability/testing/lone-instance.ts';
import { HttpFields } from '../capability/wasi/http/http-fields.ts';
import type { IncomingRequest } from '../capability/wasi/http/http-incoming.ts';
import { OutgoingResponse, ResponseOutparam } from '../capability/wasi/http/http-response.ts';
import type { GuestEvent } from './contract.ts';
import { wasiHttp } from './wasi-http.ts';

const event: GuestEvent = {
  id: '1',
  source: 'test',
  subject: 'orders of "Zoë"',
  time: 0n,
  attempt: 3,
  headers: [
    ['no name', 'x'],
    ['lines', 'a\r\nb'],
    ['CE_ID', 'forged'],
    ['X-Tag', 'blue'],
  ],
  data: Buffer.from('data'),
};

/** What the contract makes of a handler that does this with the request, and answers with a status and a Retry-After. */
function answerTo(status: number, retryAfter?: string, see: (request: IncomingRequest) => void = () => {}): unknown {
  const instance = new LoneInstance();
  const handle = (request: IncomingRequest, param: ResponseOutparam): void => {
    see(request);
    const fields = retryAfter === undefined ? [] : [['Retry-After', retryAfter] as const];
    const response = new OutgoingResponse(instance, HttpFields.received(instance, fields));
    response.setStatusCode(status);
    ResponseOutparam.set(param, { tag: 'ok', val: response });
  };
  const bound = wasiHttp.bind({ handle }, () => instance);
  assert.ok('one' in bound);
  return bound.one(event);
}

test('wasiHttp waits for as long as Retry-After says, in seconds or until a date, at most a day', () => {
  const failed = { kind: 'failed', reason: 'HTTP status 503' };
  assert.deepEqual(answerTo(503), failed);
  assert.deepEqual(answerTo(503, '120'), { ...failed, afterMs: 120_000 });
  assert.deepEqual(answerTo(503, '9'.repeat(400)), { ...failed, afterMs: 86_400_000 });
  assert.deepEqual(answerTo(503, 'Fri, 31 Dec 9999 23:59:59 GMT'), { ...failed, afterMs: 86_400_000 });
  assert.deepEqual(answerTo(503, 'Wed, 21 Oct 2015 07:28:00 GMT'), { ...failed, afterMs: 0 });
  assert.deepEqual(answerTo(503, 'soon'), failed);
});

test('wasiHttp hands over an event in the binary mode of CloudEvents, without headers that HTTP cannot hold', () => {
  let seen: readonly (readonly [string, Uint8Array])[] = [];
  assert.deepEqual(
    answerTo(200, undefined, (request) => (seen = request.headers().entries())),
    { kind: 'completed', messages: [] },
  );
  assert.deepEqual(
    seen.map(([name, value]) => `${name}: ${Buffer.from(value).toString()}`),
    [
      'X-Tag: blue',
      'ce-specversion: 1.0',
      'ce-type: sluice.event',
      'ce-id: 1',
      'ce-source: test',
      'ce-subject: orders%20of%20%22Zo%C3%AB%22',
      'ce-time: 1970-01-01T00:00:00.000Z',
      'ce-attempt: 3',
      'content-length: 4',
    ],
  );
});

test('wasiHttp takes the newest 0.2 of its interface, and no draft', () => {
  const name = 'wasi:http/incoming-handler';
  const exports = [`${name}@0.2.0-rc-2023-12-05`, `${name}@0.2.9`, `${name}@0.2.12`, `${name}@0.3.0`];
  assert.equal(wasiHttp.entry(exports, []), `${name}@0.2.12`);
  assert.equal(wasiHttp.entry(exports.slice(0, 1), []), undefined);
});
