import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapter } from './index.ts';
import { forever, item, QueueRig, textsOf } from './testing/queue-rig.ts';

test('the source of a queue trigger is a publisher into its queue', async () => {
  await using rig = new QueueRig();
  const options = adapter.trigger?.schema.parse({ queue: 'in' });
  const source = await adapter.trigger?.openPublisher?.(options, rig.context, forever);
  await source?.publish([item('replayed')], forever);
  await using trigger = await rig.openTrigger();
  assert.deepEqual(textsOf(await trigger.take(1, forever)), ['replayed']);
  assert.equal(adapter.trigger?.destination(options), 'in');
});

test('an output of a queue gives its messages the delay and the priority of the manifest', async () => {
  await using rig = new QueueRig();
  const open = (keys: object) =>
    adapter.output!.open(adapter.output!.schema.parse({ queue: 'in', ...keys }), rig.context, forever);
  await using urgent = await open({ priority: 9 });
  await using slow = await open({ delay: '10s' });
  await rig.put(item('usual'));
  await slow.publish([item('slow')], forever);
  await urgent.publish([item('urgent')], forever);
  await using trigger = await rig.openTrigger();
  assert.deepEqual(textsOf(await trigger.take(10, forever)), ['urgent', 'usual']);
  rig.clock.advance(10_000);
  assert.deepEqual(textsOf(await trigger.take(10, forever)), ['slow']);
});

test('an output with dedup = "0s" promises no deduplication, and stores every message', async () => {
  await using rig = new QueueRig();
  await using publisher = await rig.openPublisher({ dedup: '0s' });
  assert.equal(publisher.supports.deduplicates, false);
  await publisher.publish([item('x', { id: 'a' }), item('x', { id: 'a' })], forever);
  assert.equal((await rig.published()).length, 2);
});
