import assert from 'node:assert/strict';
import test from 'node:test';
import { boundedEvent } from './bounded-event.ts';

const event = { id: 'i', source: 's', subject: 't', time: 0n, headers: [], data: new Uint8Array() };

test('boundedEvent leaves an event of usual lengths alone', () => {
  const usual = { ...event, id: 'i'.repeat(512), contentType: 'text/plain' };
  assert.equal(boundedEvent(usual), usual);
});

test('boundedEvent shortens what is too long, and keeps two events apart whose long ids begin alike', () => {
  const [one, other] = ['1', '2'].map((end) =>
    boundedEvent({ ...event, id: 'é'.repeat(1_000_000) + end, contentType: '/'.repeat(9999) }),
  );
  assert.equal(one?.id.length, 512);
  assert.match(one?.id ?? '', /^é{447}…[\da-f]{64}$/);
  assert.notEqual(one?.id, other?.id);
  assert.equal(one?.contentType?.length, 1024);
  assert.equal(one?.source, 's');
});

test('boundedEvent cuts no character in two', () => {
  const { id } = boundedEvent({ ...event, id: '😀'.repeat(1000) });
  assert.equal(id.isWellFormed(), true);
});
