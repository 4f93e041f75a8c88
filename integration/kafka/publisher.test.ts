import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Message, type Publisher, SluiceError, StateFile } from '#trigger';
import { adapterContext } from '../../src/trigger/conformance/index.ts';
import { connectionOptions } from '../../triggers/kafka/options/connection-options.ts';
import { adapter } from '../../triggers/kafka/index.ts';
import { partitionOfKey } from '../../triggers/kafka/publish/partitioner.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { KafkaPeer } from './kafka-peer.ts';

const forever = new AbortController().signal;
const state = await forFile(StateFile.open(':memory:'));
const server = await forFile(KafkaServer.start({ listeners: ['proxied'] }));
const peer = await forFile(KafkaPeer.connect(server.bootstrap));

type Table = Readonly<Record<string, unknown>>;

/** Keys as in `[output.NAME]` and `[connection.NAME]`. */
function openOutput(options: Table, connection: Table = {}, signal: AbortSignal = forever): Promise<Publisher> {
  const checked = connectionOptions.parse({ brokers: server.bootstrap, ...connection });
  return adapter.output!.open(
    adapter.output!.schema.parse(options),
    adapterContext(state, { connection: checked }),
    signal,
  );
}

function openSource(options: Table): Promise<Publisher> {
  const connection = connectionOptions.parse({ brokers: server.bootstrap });
  const checked = adapter.trigger!.schema.parse(options);
  return adapter.trigger!.openPublisher!(checked, adapterContext(state, { connection }), forever);
}

function text(data: string, about: Partial<Message> = {}): Message {
  return { headers: [], data: Buffer.from(data), ...about };
}

async function textsOf(topic: string): Promise<string[]> {
  return (await peer.records(topic)).map(({ value }) => Buffer.from(value ?? '').toString());
}

/** Of its only partition. */
async function endOf(topic: string): Promise<number> {
  const [bounds] = await peer.client.bounds(topic);
  return bounds?.end ?? 0;
}

test('records are as their messages were, with every compression', async () => {
  const headers = [
    ['b', 'x'],
    ['a', ''],
    ['b', 'data:application/octet-stream;base64,/wA='],
    ['null', 'data:application/octet-stream;base64,'],
  ] as const;
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    const topic = await server.freshTopic();
    await using publisher = await openOutput({ topic, compression });
    await publisher.publish(
      [
        text('y'.repeat(5000), { key: new Uint8Array([0, 0xff]), headers, contentType: 'text/plain' }),
        text('', { key: new Uint8Array(), headers: [['sluice-tombstone', 'true']] }),
        text('z'),
      ],
      forever,
    );
    const records = await peer.records(topic);
    const [first, tombstone, last] = records;
    assert.equal(Buffer.from(first?.value ?? '').toString(), 'y'.repeat(5000), compression);
    assert.deepEqual(first?.key && [...first.key], [0, 0xff]);
    assert.deepEqual(
      first?.headers.map(([name, value]) => [name, value && Buffer.from(value).toString('latin1')]),
      [
        ['b', 'x'],
        ['a', ''],
        ['b', '\xff\0'],
        ['null', null],
        ['content-type', 'text/plain'],
      ],
    );
    assert.deepEqual([tombstone?.value, tombstone?.key?.byteLength, tombstone?.headers], [null, 0, []]);
    assert.deepEqual([Buffer.from(last?.value ?? '').toString(), last?.key], ['z', null]);
  }
});

test('messages of one key go to the partition that other clients choose for it, those without to all in turn', async () => {
  const topic = await server.freshTopic({ partitions: 5 });
  await using publisher = await openOutput({ topic });
  const keys = Array.from({ length: 40 }, (_, n) => `key-${n}`);
  await publisher.publish(
    keys.flatMap((key) => [text('1', { key: Buffer.from(key) }), text('2', { key: Buffer.from(key) })]),
    forever,
  );
  for (let n = 0; n < 5; n += 1) await publisher.publish([text('keyless')], forever);
  const records = await peer.records(topic);
  for (const key of keys) {
    const own = records.filter((record) => record.key !== null && Buffer.from(record.key).toString() === key);
    assert.deepEqual(
      own.map(({ partition, value }) => [partition, Buffer.from(value ?? '').toString()]),
      ['1', '2'].map((value) => [partitionOfKey(Buffer.from(key), 5), value]),
    );
  }
  assert.equal(new Set(records.filter(({ key }) => key === null).map(({ partition }) => partition)).size, 5);
});

test('an output whose topic is missing cannot be opened for now; a source is asked for each topic', async () => {
  await assert.rejects(openOutput({ topic: 'missing' }), { code: 'SLU3406', transient: true, message: /'missing'/ });
  const [one, other] = [await server.freshTopic(), await server.freshTopic()];
  await using source = await openSource({ topic: [one, other] });
  await assert.rejects(source.publish([text('x')], forever), { code: 'SLU3411', transient: false });
  await source.publish([text('x', { subject: other })], forever);
  assert.deepEqual([await textsOf(one), await textsOf(other)], [[], ['x']]);
  await using matching = await openSource({ pattern: 'missing.*' });
  await assert.rejects(matching.publish([text('x', { subject: 'missing-too' })], forever), { code: 'SLU3406' });
});

test('an event that is replayed is what it was: key, headers, tombstone', async () => {
  const topic = await server.freshTopic();
  await using source = await openSource({ topic });
  const ce = [
    ['ce_specversion', '1.0'],
    ['ce_subject', 'order 17'],
  ] as const;
  const replayed = [['sluice-record', 'other/0/5/17'], ...ce, ['sluice-tombstone', 'true']] as const;
  await source.publish([text('', { subject: 'order 17', key: Buffer.from('k'), headers: replayed })], forever);
  const [record] = await peer.records(topic);
  assert.deepEqual(
    record?.headers.map(([name]) => name),
    ['sluice-record', 'ce_specversion', 'ce_subject'],
  );
  assert.deepEqual([record?.value, Buffer.from(record?.key ?? '').toString()], [null, 'k']);
});

test('a message that its topic refuses is refused alone, with what it was published beside', async () => {
  const topic = await server.freshTopic({ config: { 'max.message.bytes': '100000' } });
  await using publisher = await openOutput({ topic });
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, (_, n) => publisher.publish([text('x'.repeat(n === 30 ? 150_000 : 5000))], forever)),
  );
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  assert.equal(refused.length, 1);
  assert.throws(
    () => {
      throw refused[0];
    },
    { code: 'SLU3004', transient: false, fix: /max\.message\.bytes/ },
  );
  assert.equal((await textsOf(topic)).length, 59);
});

test('a message without a key for a compacted topic is refused for good, and those with one are not', async () => {
  const topic = await server.freshTopic({ config: { 'cleanup.policy': 'compact' } });
  await using publisher = await openOutput({ topic });
  const key = Buffer.from('k');
  const results = await Promise.allSettled([
    publisher.publish([text('1', { key })], forever),
    publisher.publish([text('2')], forever),
    publisher.publish([text('3', { key })], forever),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.ok(results[1]?.status === 'rejected');
  assert.equal((results[1].reason as { code: string }).code, 'SLU3408');
  assert.deepEqual(await textsOf(topic), ['1', '3']);
});

test('a message whose answer is lost is sent again, and not stored twice', async () => {
  const topic = await server.freshTopic();
  await using publisher = await openOutput({ topic }, { brokers: server.address('proxied') });
  await publisher.publish([text('before')], forever);
  server.proxy.lose('down');
  const publishing = publisher.publish([text('x')], forever);
  while ((await endOf(topic)) < 2) await sleep(10);
  server.proxy.heal();
  await publishing;
  assert.deepEqual(await textsOf(topic), ['before', 'x']);
});

test('while the broker is away publish rejects passingly, and afterwards nothing is missing', async () => {
  const topic = await server.freshTopic();
  await using publisher = await openOutput({ topic }, { brokers: server.address('proxied') });
  server.proxy.refuse();
  const away = await Promise.allSettled(['a', 'b'].map((data) => publisher.publish([text(data)], forever)));
  for (const result of away) {
    assert.ok(result.status === 'rejected');
    assert.equal((result.reason as { transient: boolean }).transient, true, String(result.reason));
  }
  server.proxy.heal();
  await publisher.publish([text('a'), text('b')], forever);
  assert.deepEqual(new Set(await textsOf(topic)), new Set(['a', 'b']));
});

test('publish that waits for a confirmation gives up when its signal is aborted', async () => {
  const topic = await server.freshTopic();
  const publisher = await openOutput({ topic }, { brokers: server.address('proxied') });
  server.proxy.lose('down');
  const cancel = new AbortController();
  const sent = server.proxy.seen('up');
  const publishing = publisher.publish([text('x')], cancel.signal);
  await sent;
  cancel.abort();
  await assert.rejects(publishing, { code: 'SLU3002', transient: true });
  server.proxy.heal();
  await publisher[Symbol.asyncDispose]();
});

test('what is published at once goes out in a few batches', async () => {
  const topic = await server.freshTopic({ partitions: 3 });
  await using publisher = await openOutput({ topic });
  await Promise.all(Array.from({ length: 5000 }, (_, n) => publisher.publish([text(String(n))], forever)));
  const records = await peer.records(topic);
  assert.equal(records.length, 5000);
  // Records of one batch have the time at which it was made.
  assert.ok(new Set(records.map(({ partition, timestamp }) => `${partition}/${timestamp}`)).size < 20);
});

test('what is published again until it is confirmed is not lost when the broker is killed', async () => {
  const topic = await server.freshTopic();
  await using publisher = await openOutput({ topic });
  const all = Array.from({ length: 2000 }, (_, n) => String(n));
  let confirmed = 0;
  const publishAgain = async (data: string): Promise<void> => {
    for (;;) {
      try {
        await publisher.publish([text(data)], forever);
        confirmed += 1;
        return;
      } catch (thrown) {
        if (!(thrown instanceof SluiceError && thrown.transient)) throw thrown;
        await sleep(50);
      }
    }
  };
  // One after another on four lines, so that much is left to do when the first are confirmed.
  const lines = [0, 1, 2, 3].map(async (line) => {
    for (const data of all) if (Number(data) % 4 === line) await publishAgain(data);
  });
  while (confirmed < 100) await sleep(1);
  await server.kill();
  assert.ok(confirmed < all.length);
  await server.restart();
  await Promise.all(lines);
  assert.deepEqual(new Set(await textsOf(topic)), new Set(all));
});
