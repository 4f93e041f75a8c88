import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery, Settled, Unsettled } from '../delivery.ts';
import { type SettledOnce, settleEach, settleOnce, settleOne } from './settle.ts';

const never = new AbortController().signal;

function accepted(id: string): Settled<SettledOnce> {
  const event = { id, source: 'test', subject: 'test', time: 0n, headers: [], data: new Uint8Array() };
  return { delivery: { event, position: id, attempt: 1, settled: false }, settlement: { kind: 'accept' } };
}

function positionsOf(unsettled: readonly Pick<Settled | Unsettled, 'delivery'>[]): string[] {
  return unsettled.map(({ delivery }) => delivery.position);
}

test('settleEach tells which failed and why, and waits for all', async () => {
  const settled: Delivery[] = [];
  const failure = new Error('refused');
  const unsettled = await settleEach([accepted('a'), accepted('b'), accepted('c')], never, async ({ delivery }) => {
    if (delivery.position === 'b') throw failure;
    await new Promise((resolve) => setImmediate(resolve));
    settled.push(delivery);
  });
  assert.deepEqual(positionsOf(settled.map((delivery) => ({ delivery }))), ['a', 'c']);
  assert.deepEqual(
    unsettled.map(({ delivery, error }) => [delivery.position, error]),
    [['b', failure]],
  );
});

test('settleEach ends when it is cancelled: what is not confirmed by then may come again', async () => {
  const cancel = new AbortController();
  const settling = settleEach([accepted('a'), accepted('b')], cancel.signal, ({ delivery }) =>
    delivery.position === 'a' ? Promise.resolve() : new Promise(() => {}),
  );
  await new Promise((resolve) => setImmediate(resolve));
  cancel.abort();
  const [late, ...others] = await settling;
  assert.deepEqual([late?.delivery.position, others.length], ['b', 0]);
  assert.match(String(late?.error), /cancelled/);
});

test('settleOnce leaves out what was settled before, in this call or an earlier one, with a TypeError for each', () => {
  const [a, b, c] = [accepted('a'), accepted('b'), accepted('c')];
  const unsettled: Unsettled[] = [];
  assert.deepEqual(positionsOf(settleOnce([a], unsettled)), ['a']);
  assert.deepEqual(unsettled, []);
  assert.deepEqual(positionsOf(settleOnce([b, a, c, b], unsettled)), ['b', 'c']);
  assert.deepEqual(positionsOf(unsettled), ['a', 'b']);
  for (const { error } of unsettled) assert.equal((error as Error).name, 'TypeError');
});

test('settleOne resolves when nobody waits for anything, and rejects with the error of its delivery', async () => {
  const { delivery } = accepted('a');
  await settleOne({ settle: () => undefined }, delivery, { kind: 'accept' });
  const error = new Error('refused');
  const settling = settleOne({ settle: async () => [{ delivery, error }] }, delivery, { kind: 'accept' });
  await assert.rejects(settling, error);
});
