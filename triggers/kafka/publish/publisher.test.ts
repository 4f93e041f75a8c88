import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Message, SluiceError, systemClock } from '#trigger';
import type { OutgoingRecord } from '../client/kafka-client.ts';
import { connectionOptions } from '../options/connection-options.ts';
import { KafkaPublisher } from './publisher.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';

const forever = new AbortController().signal;
const connection = connectionOptions.parse({});
const outage = new SluiceError('SLU3403', 'away', { transient: true });
const refusal = new SluiceError('SLU3408', 'refused', { ofMessage: true });
const tooLarge = new SluiceError('SLU3004', 'too large', { ofMessage: true });
const forbidden = new SluiceError('SLU3405', 'may not write');

function open(kafka: ScriptedKafka, topics: readonly string[] = ['t']): Promise<KafkaPublisher> {
  const topicOf = ({ subject }: Message): string => subject ?? 't';
  const parts = { client: kafka, connection, producer: { compression: 'none' }, topicOf, clock: systemClock } as const;
  return KafkaPublisher.open(parts, topics, forever);
}

function text(data: string, subject?: string): Message {
  return { headers: [], data: Buffer.from(data), ...(subject === undefined ? {} : { subject }) };
}

function holds(records: readonly OutgoingRecord[], data: string): boolean {
  return records.some(({ value }) => Buffer.from(value ?? '').toString() === data);
}

/** What each of them failed with; `undefined` for those that resolved. */
async function outcomes(publishes: readonly Promise<void>[]): Promise<unknown[]> {
  return (await Promise.allSettled(publishes)).map((result) =>
    result.status === 'rejected' ? result.reason : undefined,
  );
}

test('KafkaPublisher sends together what was published in one turn, and what came while it was sending', async () => {
  const kafka = new ScriptedKafka();
  await using publisher = await open(kafka);
  const held = Promise.withResolvers<void>();
  const sending = Promise.withResolvers<void>();
  kafka.answer = () => {
    sending.resolve();
    return held.promise;
  };
  const first = ['a', 'b'].map((data) => publisher.publish([text(data)], forever));
  await sending.promise;
  const second = ['c', 'd'].map((data) => publisher.publish([text(data), text(`${data}2`)], forever));
  held.resolve();
  await Promise.all([...first, ...second]);
  assert.deepEqual(
    kafka.sends.map((records) => records.length),
    [2, 4],
  );
  assert.deepEqual(kafka.values, ['a', 'b', 'c', 'c2', 'd', 'd2']);
});

test('KafkaPublisher tells an outage to all that wait, and goes on with a new producer', async () => {
  const kafka = new ScriptedKafka();
  await using publisher = await open(kafka);
  kafka.answer = () => Promise.reject(outage);
  const failed = await outcomes(['a', 'b'].map((data) => publisher.publish([text(data)], forever)));
  assert.deepEqual(failed, [outage, outage]);
  kafka.answer = () => Promise.resolve();
  await publisher.publish([text('c')], forever);
  assert.deepEqual([kafka.values, kafka.producersOpened, kafka.producersOpen], [['c'], 2, 1]);
});

test('KafkaPublisher tells a topic that takes nothing to all that wait, after one send', async () => {
  const kafka = new ScriptedKafka();
  await using publisher = await open(kafka);
  kafka.answer = () => Promise.reject(forbidden);
  const failed = await outcomes(['a', 'b', 'c'].map((data) => publisher.publish([text(data)], forever)));
  assert.deepEqual(failed, [forbidden, forbidden, forbidden]);
  assert.equal(kafka.sends.length, 1);
});

test('KafkaPublisher refuses nothing but the message that is at fault', async () => {
  for (const reason of [refusal, tooLarge]) {
    const kafka = new ScriptedKafka();
    await using publisher = await open(kafka);
    kafka.answer = (records) => (holds(records, '13') ? Promise.reject(reason) : Promise.resolve());
    const all = Array.from({ length: 40 }, (_, n) => String(n));
    const failed = await outcomes(all.map((data) => publisher.publish([text(data)], forever)));
    assert.deepEqual(
      failed.map((each, n) => (each === undefined ? '' : String(n))).filter((each) => each !== ''),
      ['13'],
    );
    assert.equal(failed[13], reason);
    assert.deepEqual(
      kafka.values,
      all.filter((data) => data !== '13'),
      'in their order',
    );
  }
});

test('KafkaPublisher keeps to the size of batch that a topic takes', async () => {
  const kafka = new ScriptedKafka();
  await using publisher = await open(kafka);
  const bytesOf = (records: readonly OutgoingRecord[]): number =>
    records.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0);
  kafka.answer = (records) => (bytesOf(records) > 5000 ? Promise.reject(tooLarge) : Promise.resolve());
  const publishAll = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 100 }, () => publisher.publish([text('x'.repeat(500))], forever)));
  await publishAll();
  const failedBefore = kafka.producersOpened;
  await publishAll();
  assert.equal(kafka.stored.length, 200);
  assert.equal(kafka.producersOpened, failedBefore, 'nothing failed again');
});

test('KafkaPublisher refuses a publish of several when one of them is refused', async () => {
  const kafka = new ScriptedKafka();
  await using publisher = await open(kafka);
  kafka.answer = (records) => (holds(records, 'bad') ? Promise.reject(refusal) : Promise.resolve());
  const failed = await outcomes([
    publisher.publish([text('bad'), text('beside')], forever),
    publisher.publish([text('good')], forever),
  ]);
  assert.deepEqual(failed, [refusal, undefined]);
  assert.ok(kafka.values.includes('good'));
});

test('KafkaPublisher keeps the trouble of one topic from another', async () => {
  const kafka = new ScriptedKafka();
  kafka.topicPartitions.set('u', 1);
  await using publisher = await open(kafka);
  kafka.answer = ([first]) => (first?.topic === 't' ? Promise.reject(outage) : Promise.resolve());
  const failed = await outcomes(['t', 'u', 'missing'].map((topic) => publisher.publish([text(topic, topic)], forever)));
  assert.deepEqual([failed[0], failed[1]], [outage, undefined]);
  assert.ok(failed[2] instanceof SluiceError && failed[2].code === 'SLU3406' && failed[2].transient);
  assert.deepEqual(kafka.values, ['u']);
});

test('KafkaPublisher does not send what nobody waits for any more, unless it is under way', async () => {
  const kafka = new ScriptedKafka();
  await using publisher = await open(kafka);
  const held = Promise.withResolvers<void>();
  const sending = Promise.withResolvers<void>();
  kafka.answer = () => {
    sending.resolve();
    return held.promise;
  };
  const cancel = new AbortController();
  const given = ['under way', 'waiting'];
  const publishes = [publisher.publish([text('under way')], cancel.signal)];
  await sending.promise;
  publishes.push(publisher.publish([text('waiting')], cancel.signal));
  const stays = publisher.publish([text('stays')], forever);
  cancel.abort();
  const failed = await outcomes(publishes);
  assert.equal(failed.filter((each) => each instanceof SluiceError && each.code === 'SLU3002').length, given.length);
  held.resolve();
  await stays;
  assert.deepEqual(kafka.values, ['under way', 'stays']);
});

test('KafkaPublisher that is closed gives up what is not confirmed, once, and closes what it opened', async () => {
  const kafka = new ScriptedKafka();
  const publisher = await open(kafka);
  const sending = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  kafka.answer = () => {
    sending.resolve();
    return held.promise;
  };
  const publishing = outcomes([publisher.publish([text('a')], forever)]);
  await sending.promise;
  await Promise.all([publisher[Symbol.asyncDispose](), publisher[Symbol.asyncDispose]()]);
  const [failed] = await publishing;
  held.reject(outage);
  assert.ok(failed instanceof SluiceError && failed.transient);
  assert.deepEqual([kafka.producersOpen, kafka.closed], [0, true]);
  await assert.rejects(publisher.publish([text('b')], forever), { code: 'SLU3002' });
});

test('KafkaPublisher cannot be opened without its topic, and leaves nothing open then', async () => {
  const kafka = new ScriptedKafka();
  await assert.rejects(open(kafka, ['missing']), { code: 'SLU3406', transient: true });
  assert.deepEqual([kafka.producersOpened, kafka.closed], [0, true]);
});

test('KafkaPublisher gives the records of messages to the producer of a transaction', async () => {
  const kafka = new ScriptedKafka();
  kafka.topicPartitions.set('u', 1);
  await using publisher = await open(kafka);
  const records = await publisher.records([text('a'), text('b', 'u'), text('c')]);
  assert.deepEqual(
    records.map(({ topic, partition, value }) => [topic, partition, Buffer.from(value ?? '').toString()]),
    [
      ['t', 0, 'a'],
      ['t', 0, 'c'],
      ['u', 0, 'b'],
    ],
  );
  assert.deepEqual(kafka.sends, []);
  await assert.rejects(publisher.records([text('a', 'missing')]), { code: 'SLU3406' });
});
