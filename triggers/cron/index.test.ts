import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateFile } from '#trigger';
import { adapterContext } from '../../src/trigger/conformance/index.ts';
import { adapter } from './index.ts';
import { nextSlots } from './options.ts';
import { never } from './testing/cron-rig.ts';

const { trigger } = adapter;
assert.ok(trigger);

test('nextSlots lists the slots after a time, without opening anything', () => {
  const options = trigger.schema.parse({ schedule: '0 7 * * MON-FRI', timezone: 'Europe/Berlin' });
  assert.deepEqual(
    nextSlots(options, Date.UTC(2026, 2, 26, 12), 3).map((slot) => new Date(slot).toISOString()),
    ['2026-03-27T06:00:00.000Z', '2026-03-30T05:00:00.000Z', '2026-03-31T05:00:00.000Z'],
  );
});

test('what is published to a cron trigger is a run at once, with its own headers and data', async () => {
  await using state = StateFile.open(':memory:');
  const context = adapterContext(state, { name: 'nightly' });
  const options = trigger.schema.parse({ schedule: '@yearly', payload: 'usual' });
  await using publisher = await trigger.openPublisher?.(options, context, never);
  await publisher?.publish([{ id: 'one', headers: [['x-from', 'test']], data: Buffer.from('special') }], never);
  await using opened = await trigger.open(options, context, never);
  const [delivery] = await opened.take(1, never);
  assert.equal(delivery?.event.id, 'nightly@manual-one');
  assert.deepEqual(delivery.event.headers, [['x-from', 'test']]);
  assert.equal(Buffer.from(delivery.event.data).toString(), 'special');
});

test('the destination of a cron trigger is its schedule', () => {
  assert.equal(trigger.destination(trigger.schema.parse({ every: '90s' })), 'every 1m30s');
});
