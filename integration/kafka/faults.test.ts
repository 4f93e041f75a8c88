import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import kafkajs from 'kafkajs';
import { type Publisher, type PublishGroup, refusalOf, SluiceError, type Trigger, settleOne } from '#trigger';
import { crc32c } from '../../triggers/kafka/wire/crc32c.ts';
import { ATTRIBUTES_AT, LENGTH_END } from '../../triggers/kafka/wire/record-batch.ts';
import { KAFKA_USER } from '../brokers/kafka-listeners.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { accept, take, textOf } from '../deliveries.ts';
import { forFile } from '../for-file.ts';
import { foreignGroup } from './foreign-group.ts';
import { until } from '../until.ts';
import { Stage } from './stage.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const server = await forFile(
  KafkaServer.start({
    listeners: ['proxied', 'sasl'],
    // Whoever does not log in may do anything; alice only what she is allowed.
    properties: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      'offset.metadata.max.bytes': '64',
    },
  }),
);
const stage = await forFile(Stage.set(server));

const login = { listener: 'sasl', connection: { sasl: { mechanism: 'plain', ...KAFKA_USER } } } as const;

/** What a trigger fails with; what comes before that is accepted. */
async function failureOf(trigger: Trigger, texts: string[] = []): Promise<SluiceError> {
  try {
    for (const stop = AbortSignal.timeout(20_000); !stop.aborted;) {
      const deliveries = await trigger.take(100, stop);
      texts.push(...deliveries.map(textOf));
      await accept(trigger, ...deliveries);
    }
  } catch (thrown) {
    assert.ok(thrown instanceof SluiceError, String(thrown));
    return thrown;
  }
  return assert.fail('the trigger was to fail');
}

/** Lets alice do something with what has that name, or begins with it; resolves when the broker knows, which its controller tells it. */
async function allow(
  topic: string,
  resource: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID',
  operation: keyof typeof AclOperationTypes = 'READ',
): Promise<void> {
  const acl = {
    principal: `User:${KAFKA_USER.username}`,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceName: topic,
    resourceType: AclResourceTypes[resource],
    resourcePatternType: ResourcePatternTypes.PREFIXED,
  };
  await stage.admin.createAcls({ acl: [acl] });
  await until(async () => (await stage.admin.describeAcls(acl)).resources.length > 0);
}

async function textsOf(topic: string): Promise<readonly string[]> {
  return (await stage.peer.records(topic)).map(({ value }) => Buffer.from(value ?? '').toString());
}

const yesOrNo = [() => true, () => false] as const;

function publishing(publisher: Publisher, text: string): PublishGroup {
  return { publisher, messages: [{ headers: [], data: Buffer.from(text) }] };
}

async function forbid(topic: string, resource: 'TOPIC' | 'GROUP' = 'TOPIC'): Promise<void> {
  await stage.admin.deleteAcls({
    filters: [
      {
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ANY,
        resourceName: topic,
        resourceType: AclResourceTypes[resource],
        resourcePatternType: ResourcePatternTypes.PREFIXED,
      },
    ],
  });
}

describe('faults', { concurrency: 6 }, () => {
  test('a group whose members share out partitions in another way is refused for good', async () => {
    const topic = await server.freshTopic();
    await using _others = await foreignGroup(server.bootstrap, topic);
    await assert.rejects(stage.trigger({ topic }), { code: 'SLU3407', transient: false });
  });

  test('a topic that is deleted while it is read fails its trigger passingly, which opens again once the topic is there', async () => {
    const topic = await server.freshTopic();
    const trigger = await stage.trigger({ topic });
    const failing = failureOf(trigger);
    await stage.admin.deleteTopics({ topics: [topic] });
    const { code, transient } = await failing;
    // Whichever question the client asks next, it is told that the topic is missing, or that nobody has it.
    assert.match(code, /^SLU340[36]$/);
    assert.equal(transient, true);
    await assert.rejects(stage.trigger({ topic }), { code: 'SLU3406', transient: true });
    await server.makeTopic(topic);
    await stage.store(topic, ['back']);
    assert.deepEqual((await take(await stage.trigger({ topic }), 1)).map(textOf), ['back']);
  });

  test('a user without READ on the group, or WRITE on its transactional ids, gets a permanent error that says so, not a missing coordinator', async () => {
    const topic = await server.freshTopic();
    await allow(topic, 'TOPIC');
    const refused = { code: 'SLU3405', transient: false };
    await assert.rejects(stage.trigger({ topic }, login), {
      ...refused,
      message: `Kafka, group '${topic}': Not authorized to access group: Group authorization failed`,
    });
    await allow(topic, 'GROUP');
    await assert.rejects(stage.trigger({ topic, exactly_once: true }, login), {
      ...refused,
      message: `Kafka, transactional id '${topic}/${topic}/0': Transactional Id authorization failed`,
    });
    await using _ = await stage.trigger({ topic }, login);
  });

  test('a permission that is taken away while its topic is read fails the trigger for good', async () => {
    const topic = await server.freshTopic();
    await Promise.all([allow(topic, 'TOPIC'), allow(topic, 'GROUP')]);
    await stage.store(topic, ['allowed']);
    const trigger = await stage.trigger({ topic }, login);
    await accept(trigger, ...(await take(trigger, 1)));
    const failing = failureOf(trigger);
    await forbid(topic);
    const { code, transient } = await failing;
    assert.deepEqual([code, transient], ['SLU3405', false]);
  });

  test('exactly once, an output that may not be written to holds its event alone until it may, whatever its transaction holds besides', async () => {
    const [topic, open, closed] = [await server.freshTopic(), await server.freshTopic(), await server.freshTopic()];
    await Promise.all([allow(topic, 'TOPIC'), allow(topic, 'GROUP'), allow(topic, 'TRANSACTIONAL_ID', 'WRITE')]);
    await Promise.all([allow(open, 'TOPIC', 'WRITE'), allow(closed, 'TOPIC', 'DESCRIBE')]);
    await stage.store(topic, ['0', '1', '2']);
    const trigger = await stage.trigger({ topic, exactly_once: true, order: 'none' }, login);
    const [good, bad] = [await stage.output({ topic: open }, login), await stage.output({ topic: closed }, login)];
    const [zero, one, two] = await take(trigger, 3);
    await settleOne(trigger, one!, { kind: 'accept', publish: [publishing(good, 'lost'), publishing(bad, 'lost')] });
    await settleOne(trigger, two!, { kind: 'accept', publish: [publishing(good, 'of 2')] });
    await settleOne(trigger, zero, { kind: 'accept', publish: [publishing(good, 'of 0')] });
    const [again] = await take(trigger, 1);
    assert.deepEqual([textOf(again), again.refusal], ['1', undefined]);
    const anew = { kind: 'accept', publish: [publishing(good, 'beside'), publishing(bad, 'of 1')] } as const;
    await assert.rejects(settleOne(trigger, again, anew), (thrown) => refusalOf(thrown) === 'destination');
    await allow(closed, 'TOPIC', 'WRITE');
    await until(() => settleOne(trigger, again, anew).then(...yesOrNo));
    await until(async () => (await stage.committed(topic)) === 3);
    assert.deepEqual([await textsOf(open), await textsOf(closed)], [['of 0', 'beside', 'of 2'], ['of 1']]);
  });

  test('a broker that allows only short metadata gets offsets without attempts, and no endless retries', async () => {
    for (const exactly of [false, true]) {
      const topic = await server.freshTopic();
      await stage.store(
        topic,
        Array.from({ length: 40 }, (_, n) => String(n)),
      );
      const trigger = await stage.trigger({ topic, order: 'none', exactly_once: exactly });
      const [first, ...others] = await take(trigger, 40);
      for (const other of others)
        await settleOne(trigger, other, { kind: 'retry', afterMs: 600_000, reason: 'failed' });
      await settleOne(trigger, first, { kind: 'accept' });
      await until(async () => (await stage.committed(topic)) === 1);
    }
  });

  test('exactly once, a group whose offsets may not be committed any more fails the trigger, and no event is blamed for it', async () => {
    const [topic, out] = [await server.freshTopic(), await server.freshTopic()];
    await Promise.all([allow(topic, 'TOPIC'), allow(topic, 'GROUP'), allow(topic, 'TRANSACTIONAL_ID', 'WRITE')]);
    await allow(out, 'TOPIC', 'WRITE');
    await stage.store(topic, ['0']);
    const trigger = await stage.trigger({ topic, exactly_once: true, session_timeout: '30s', heartbeat: '10s' }, login);
    const output = await stage.output({ topic: out }, login);
    const [zero] = await take(trigger, 1);
    await forbid(topic, 'GROUP');
    const accepting = settleOne(trigger, zero, { kind: 'accept', publish: [publishing(output, 'of 0')] });
    await assert.rejects(accepting, { code: 'SLU3003', message: /Group authorization failed/ });
    const { code, transient } = await failureOf(trigger);
    assert.deepEqual([code, transient], ['SLU3405', false]);
  });
});

/** Where the log of partition 0 is. */
async function segmentOf(topic: string): Promise<string> {
  const folder = join(server.folder, 'data', `${topic}-0`);
  const [segment = ''] = (await readdir(folder)).filter((name) => name.endsWith('.log')).toSorted();
  return join(folder, segment);
}

/** Changes bytes of the batch that has `text` in it, as a failing disk does. */
async function damage(topic: string, text: string, how: (batch: Buffer) => unknown): Promise<void> {
  const path = await segmentOf(topic);
  const log = await readFile(path);
  for (let begin = 0; begin < log.length;) {
    const size = 12 + log.readInt32BE(begin + 8);
    const batch = log.subarray(begin, begin + size);
    begin += size;
    if (batch.includes(text)) how(batch);
  }
  await writeFile(path, log);
}

const damages = [
  ['one byte was changed', /checksum/, (batch) => batch.write('?', batch.indexOf('damaged'))],
  ['its magic byte is of no format', /magic byte is 9/, (batch) => batch.writeInt8(9, 16)],
  [
    'its codec is unknown',
    /compression/,
    (batch) => {
      batch.writeInt16BE(5, ATTRIBUTES_AT);
      batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), ATTRIBUTES_AT - 4);
    },
  ],
] as const satisfies readonly (readonly [string, RegExp, (batch: Buffer) => unknown])[];

test('a record that cannot be decoded fails its trigger for good and tells its place; all before it is handled, and nothing skipped', async () => {
  const topics: string[] = [];
  for (const _ of damages) {
    const topic = await server.freshTopic();
    for (const text of ['one', 'two', 'damaged', 'four']) await stage.store(topic, [text]);
    topics.push(topic);
  }
  await server.stop();
  for (const [n, [, , how]] of damages.entries()) await damage(topics[n] ?? '', 'damaged', how);
  await server.restart();
  for (const [n, [what, reason]] of damages.entries()) {
    const topic = topics[n] ?? '';
    for (const before of [['one', 'two'], []]) {
      const texts: string[] = [];
      const trigger = await stage.trigger({ topic });
      const { code, transient, message } = await failureOf(trigger, texts);
      assert.deepEqual([code, transient, texts], ['SLU3402', false, before], what);
      assert.ok(message.startsWith(`${topic}, partition 0 cannot be read from offset 2 on`), message);
      assert.match(message, reason);
      await trigger[Symbol.asyncDispose]();
      assert.equal(await stage.committed(topic), 2);
    }
  }
});

test('a log that the broker itself cannot read is reported in the same way, not as a broker that is away', async () => {
  const topic = await server.freshTopic();
  for (const text of ['one', 'damaged']) await stage.store(topic, [text]);
  const first = await stage.trigger({ topic });
  await accept(first, ...(await take(first, 1)));
  await first[Symbol.asyncDispose]();
  await damage(topic, 'damaged', (batch) => batch.writeInt32BE(1, LENGTH_END - 4)); // with this it would not start
  const { code, transient, message } = await failureOf(await stage.trigger({ topic }));
  assert.deepEqual([code, transient], ['SLU3402', false]);
  assert.equal(message, `${topic}, partition 0 cannot be read from offset 1 on: the broker finds its log corrupt`);
});
