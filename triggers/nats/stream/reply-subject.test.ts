import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryInfo } from './reply-subject.ts';

const wanted = { stream: 'ORDERS', sequence: 17, deliveries: 2, time: '1767323045000000006' };

test('deliveryInfo reads the short form of an acknowledgement subject', () => {
  assert.deepEqual(deliveryInfo('$JS.ACK.ORDERS.pricing.2.17.19.1767323045000000006.3'), wanted);
});

test('deliveryInfo reads the long form, with domain and account, and with more at its end', () => {
  const subject = '$JS.ACK.hub.ACCHASH.ORDERS.pricing.2.17.19.1767323045000000006.3';
  assert.deepEqual(deliveryInfo(subject), wanted);
  assert.deepEqual(deliveryInfo(`${subject}.random`), wanted);
});

test('deliveryInfo refuses a reply subject that is not of JetStream', () => {
  assert.throws(() => deliveryInfo('_INBOX.abc.def'), TypeError);
  assert.throws(() => deliveryInfo('$JS.ACK.ORDERS.pricing.2.17.19'), TypeError);
});
