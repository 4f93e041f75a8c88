import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Delivery, headerOf, type Trigger, settleOne } from '#trigger';
import type { OutgoingRecord } from '../../triggers/kafka/client/kafka-client.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { accept, comesWithin, take, textOf } from '../deliveries.ts';
import { forFile } from '../for-file.ts';
import { seededRandom } from '../seeded-random.ts';
import { until } from '../until.ts';
import { numbers, Stage } from './stage.ts';

const server = await forFile(KafkaServer.start({ listeners: ['proxied'] }));
const stage = await forFile(Stage.set(server));

function record(topic: string, key: string | null, value: string | null): OutgoingRecord {
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
  return { topic, partition: 0, key: bytes(key), value: bytes(value), headers: [] };
}

/** Takes and accepts until the group has committed the end of partition 0, and resolves to the texts; fails when that does not come. */
async function drain(trigger: Trigger, topic: string): Promise<string[]> {
  const texts: string[] = [];
  const over = new AbortController();
  const taking = (async () => {
    while (!over.signal.aborted) {
      const deliveries = await trigger.take(100, over.signal);
      texts.push(...deliveries.map(textOf));
      await accept(trigger, ...deliveries);
    }
  })();
  await until(async () => (await stage.committed(topic)) === (await stage.end(topic))).finally(() => over.abort());
  await taking;
  return texts;
}

// Each has a topic of its own.
describe('offsets', { concurrency: 6 }, () => {
  test('the committed offset never passes the lowest unfinished record, whatever the order of completion', async () => {
    const topic = await server.freshTopic();
    await stage.store(topic, numbers(200));
    const trigger = await stage.trigger({ topic, order: 'none' });
    const open: (Delivery | undefined)[] = await take(trigger, 200);
    const random = seededRandom(7);
    for (let left = 200; left > 0; left -= 20) {
      for (let n = 0; n < 20; n += 1) {
        let at = Math.floor(random() * 200);
        while (open[at] === undefined) at = (at + 1) % 200;
        await settleOne(trigger, open[at]!, { kind: 'accept' });
        open[at] = undefined;
      }
      const first = open.findIndex((delivery) => delivery !== undefined);
      const lowest = first === -1 ? 200 : first;
      await until(async () => {
        const committed = (await stage.committed(topic)) ?? 0;
        assert.ok(committed <= lowest, `${committed} is committed, and ${lowest} unfinished`);
        return committed === lowest;
      });
    }
  });

  test('records of aborted transactions are left out, and markers at the end of the log do not stall the offset', async () => {
    const topic = await server.freshTopic();
    await using producer = await stage.peer.client.producer({ compression: 'none', transactionalId: `into ${topic}` });
    for (const [n, end] of (['commit', 'abort', 'commit', 'abort', 'abort'] as const).entries()) {
      const transaction = await producer.begin();
      await transaction.send([record(topic, null, `${end} ${n}`), record(topic, null, `${end} ${n}, too`)], 'none');
      await transaction[end]();
    }
    const trigger = await stage.trigger({ topic, partition_fetch_bytes: '1KiB' });
    assert.deepEqual(await drain(trigger, topic), ['commit 0', 'commit 0, too', 'commit 2', 'commit 2, too']);
    assert.equal(await stage.end(topic), 15);
  });

  test('what is in an open transaction, and behind it, waits for its end', async () => {
    const topic = await server.freshTopic();
    await using producer = await stage.peer.client.producer({ compression: 'none', transactionalId: `into ${topic}` });
    const transaction = await producer.begin();
    await transaction.send([record(topic, null, 'in it')], 'none');
    await stage.store(topic, ['behind it']);
    const trigger = await stage.trigger({ topic });
    assert.deepEqual(await comesWithin(trigger, 500), []);
    assert.equal((await trigger.backlog?.())?.ready, 0);
    await transaction.commit();
    assert.deepEqual(await drain(trigger, topic), ['in it', 'behind it']);
    assert.equal(await stage.committed(topic), 3);
  });

  test('read_committed = false takes records of aborted and open transactions', async () => {
    const topic = await server.freshTopic();
    await using producer = await stage.peer.client.producer({ compression: 'none', transactionalId: `into ${topic}` });
    const aborted = await producer.begin();
    await aborted.send([record(topic, null, 'aborted')], 'none');
    await aborted.abort();
    const open = await producer.begin();
    await open.send([record(topic, null, 'open')], 'none');
    const trigger = await stage.trigger({ topic, read_committed: false });
    const both = await take(trigger, 2);
    assert.deepEqual(both.map(textOf), ['aborted', 'open']);
    await accept(trigger, ...both);
    await open.abort();
    await until(async () => (await stage.committed(topic)) === 4);
  });

  test('gaps of a compacted topic, its end among them, do not stall the offset', async () => {
    const config = {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.001',
      'delete.retention.ms': '0',
    };
    const topic = await server.freshTopic({ config });
    const keys = ['a', 'b', 'c'];
    for (let round = 0; round < 20; round += 1) {
      await stage.peer.write(keys.map((key) => record(topic, key, `${key} ${round}`)));
    }
    await stage.peer.write(keys.slice(1).map((key) => record(topic, key, null)));
    await using producer = await stage.peer.client.producer({ compression: 'none', transactionalId: `into ${topic}` });
    const roll = async (): Promise<void> => {
      await sleep(150); // a segment that is this old ends with the next record
      const transaction = await producer.begin();
      await transaction.send([record(topic, 'z', 'never')], 'none');
      await transaction.abort();
    };
    await until(async () => {
      await roll();
      return (await stage.peer.records(topic)).length === 1;
    });
    const trigger = await stage.trigger({ topic, partition_fetch_bytes: '1KiB' });
    assert.deepEqual(await drain(trigger, topic), ['a 19']);
    assert.ok((await stage.end(topic)) > 60);
  });

  test('a tombstone is an event with a flag, and without data', async () => {
    const topic = await server.freshTopic();
    await stage.peer.write([record(topic, 'k', null), record(topic, 'k', '')]);
    const trigger = await stage.trigger({ topic });
    const [tombstone, empty] = await take(trigger, 2);
    assert.deepEqual([headerOf(tombstone.event.headers, 'sluice-tombstone'), textOf(tombstone)], ['true', '']);
    assert.deepEqual(
      [empty && headerOf(empty.event.headers, 'sluice-tombstone'), empty && textOf(empty)],
      [undefined, ''],
    );
    await accept(trigger, tombstone, empty!);
  });
});

describe('where a group begins', { concurrency: 6 }, () => {
  test('a group that has committed nothing begins at the earliest record, and later where it left', async () => {
    const topic = await server.freshTopic();
    await stage.store(topic, ['0', '1', '2']);
    const first = await stage.trigger({ topic });
    const [zero, one, two] = await take(first, 3);
    await accept(first, zero, one!);
    await settleOne(first, two!, { kind: 'release' });
    await first[Symbol.asyncDispose]();
    const second = await stage.trigger({ topic, from: 'latest' });
    assert.deepEqual((await take(second, 1)).map(textOf), ['2']);
  });

  test('with from = "latest" nothing that is published after the first start is missed, although it crashed before any commit', async () => {
    const topic = await server.freshTopic();
    await stage.store(topic, ['before']);
    const options = { topic, from: 'latest', commit_every: '10m' };
    const first = await stage.trigger(options, { listener: 'proxied' });
    server.proxy.refuse();
    await first[Symbol.asyncDispose]();
    await until(async () => (await stage.members(topic)).length === 0);
    server.proxy.heal();
    await stage.store(topic, ['after']);
    assert.deepEqual((await take(await stage.trigger(options), 1)).map(textOf), ['after']);
  });

  test('with a time a group begins at the first record that is not older, in each partition', async () => {
    const topic = await server.freshTopic({ partitions: 3 });
    const from = Date.now() - 60_000;
    const at = (partition: number, value: string, timestamp: number): OutgoingRecord => ({
      ...record(topic, null, value),
      partition,
      timestamp,
    });
    await stage.peer.write([at(0, 'old', from - 1), at(0, 'new', from), at(0, 'newer', from + 1)]);
    await stage.peer.write([at(1, 'old, too', from - 1), at(2, 'newest', from + 2)]);
    const trigger = await stage.trigger({ topic, from: new Date(from).toISOString() });
    assert.deepEqual((await take(trigger, 3)).map(textOf).toSorted(), ['new', 'newer', 'newest']);
    await stage.store(topic, ['and later'], 1);
    assert.deepEqual((await take(trigger, 1)).map(textOf), ['and later']);
  });

  test('records that the broker removed before they were read are counted as dropped, and nothing else is missed', async () => {
    const topic = await server.freshTopic();
    await stage.store(topic, numbers(10));
    const first = await stage.trigger({ topic });
    const held = await take(first, 10);
    await accept(first, ...held.slice(0, 3));
    await first[Symbol.asyncDispose]();
    await stage.admin.fetchTopicOffsets(topic); // or it does not know the leader
    await stage.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '7' }] });
    const second = await stage.trigger({ topic });
    assert.deepEqual(await drain(second, topic), ['7', '8', '9']);
    assert.deepEqual([...(second.dropped?.() ?? [])], [['expired', 4]]);
  });
});

// Alone: while a topic goes, whoever asks for another with the same client is told that it is not there.
test('a topic that was made anew is read from its beginning', async () => {
  const topic = await server.freshTopic();
  await stage.store(topic, numbers(10));
  const first = await stage.trigger({ topic });
  await drain(first, topic);
  await first[Symbol.asyncDispose]();
  await stage.admin.deleteTopics({ topics: [topic] });
  await server.makeTopic(topic);
  await stage.store(topic, ['anew']);
  assert.deepEqual(await drain(await stage.trigger({ topic }), topic), ['anew']);
});
