import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGuest } from '../../integration/guests/build-guest.ts';
import type { Answer } from '../contract/contract.ts';
import { StateFile } from '../state/state-file.ts';
import { systemClock } from '../clock.ts';
import { silentLogger } from '../logger.ts';
import type { CapabilityService, Grants } from './capability.ts';
import { GuestExit } from './capability.ts';
import { keyvalue } from './keyvalue/keyvalue.ts';
import { guestAt } from './testing/guest.ts';

// Compiled components on the capabilities, as generated code calls them.

function textOf(answer: Answer): string {
  assert.equal(answer.kind, 'completed');
  return Buffer.from(answer.messages[0]?.data ?? []).toString();
}

test('a guest that prints is heard line by line, stdout as info and stderr as warn', async () => {
  const { call, instance, suspends } = await guestAt(await buildGuest('prints'));
  assert.equal(suspends, false);
  await call('hello');
  assert.deepEqual(instance.lines, [
    { level: 'info', context: 'stdout', text: 'out: hello' },
    { level: 'warn', context: 'stderr', text: 'err: hello' },
  ]);
});

test('a guest that logs is heard at the level and in the context that it names', async () => {
  const { call, instance } = await guestAt(await buildGuest('logs'));
  await call('bought');
  assert.deepEqual(
    instance.lines,
    ['trace', 'debug', 'info', 'warn', 'error', 'critical'].map((level) => ({
      level,
      context: 'orders',
      text: 'bought',
    })),
  );
});

test('a guest reads the configuration that its component has, and finds nothing else', async () => {
  const { call } = await guestAt(await buildGuest('config'), { grants: { config: { currency: 'EUR' } } });
  assert.equal(textOf(await call('currency')), 'EUR');
  assert.deepEqual(await call('constructor'), { kind: 'rejected', reason: 'no such key' });
});

test('a guest that exits ends its call with a GuestExit', async () => {
  const { call } = await guestAt(await buildGuest('exits'));
  await assert.rejects(
    call(),
    (thrown) => thrown instanceof GuestExit && thrown.message === 'the component ended itself with status 1',
  );
});

test('a guest that sleeps leaves the thread to others', async () => {
  const { call, suspends } = await guestAt(await buildGuest('sleeps'));
  assert.equal(suspends, true);
  const order: string[] = [];
  const slept = call('250').then((answer) => order.push(answer.kind));
  await new Promise((resolve) => setImmediate(resolve));
  order.push('something else');
  await slept;
  assert.deepEqual(order, ['something else', 'completed']);
});

test('a guest that sleeps is not resumed once its instance was discarded', async () => {
  const { call, instance } = await guestAt(await buildGuest('sleeps'));
  let resumed = false;
  // Long enough to be discarded in, on a busy machine too.
  void call('500').then(() => (resumed = true));
  await new Promise((resolve) => setImmediate(resolve));
  instance.discard();
  const other = await guestAt(await buildGuest('sleeps'));
  await other.call('510');
  assert.equal(resumed, false);
});

function served(
  state: StateFile,
  keyvalueGrant: readonly string[],
): { grants: Partial<Grants>; service: CapabilityService } {
  const grants: Grants = { config: {}, env: {}, keyvalue: keyvalueGrant, files: {}, http: [], publish: {} };
  const service = keyvalue.serve?.({ component: 'guest', grants, state, clock: systemClock, log: silentLogger });
  assert.ok(service !== undefined);
  return { grants, service };
}

test('guests that count at once lose no count', async () => {
  await using state = StateFile.open(':memory:');
  const guests = await Promise.all(
    Array.from({ length: 4 }, async () => guestAt(await buildGuest('counts'), served(state, ['default']))),
  );
  const sums: number[] = [];
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(guests.map((guest) => guest.call()));
    sums.push(...answers.map((answer) => Number(textOf(answer))));
  }
  assert.deepEqual(
    sums.toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
});

test('a guest is denied a store that is not granted', async () => {
  await using state = StateFile.open(':memory:');
  const { call } = await guestAt(await buildGuest('counts'), served(state, ['other']));
  assert.deepEqual(await call('secrets'), { kind: 'failed', reason: 'open: access denied' });
});
