import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError, settleOne } from '#trigger';
import { KafkaServer } from '../brokers/kafka.ts';
import { accept, comesWithin, take, textOf } from '../deliveries.ts';
import { forFile } from '../for-file.ts';
import { until } from '../until.ts';
import { numbers, SESSION_MS, Stage } from './stage.ts';
import { WorkingMember } from './working-member.ts';

const server = await forFile(KafkaServer.start({ listeners: ['proxied'] }));
const stage = await forFile(Stage.set(server));

/** A topic with so many records in each of its partitions. */
async function filled(partitions: number, records: number): Promise<string> {
  const topic = await server.freshTopic({ partitions });
  for (let partition = 0; partition < partitions; partition += 1) {
    const texts = numbers(records).map((n) => `${partition}:${n}`);
    await stage.store(topic, texts, partition);
  }
  return topic;
}

async function committed(topic: string): Promise<readonly number[]> {
  const offsets = await stage.peer.client.committed(topic, [topic]);
  return offsets.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);
}

// Each has a topic of its own, and mostly waits for the end of a session.
describe('groups', { concurrency: 6 }, () => {
  test('records that are held for 3 x the session timeout are delivered once, although another member is there to take over', async () => {
    const topic = await filled(1, 2);
    const both = [await stage.trigger({ topic }), await stage.trigger({ topic })];
    await until(() => both.some((one) => one.trouble?.()?.startsWith('no partition') === true));
    const owner = both.find((one) => one.trouble?.() === undefined)!;
    const held = await take(owner, 2);
    const members = await stage.members(topic);
    const more = await Promise.all(both.map((one) => comesWithin(one, 3 * SESSION_MS)));
    assert.deepEqual(more.flat(), []);
    assert.equal(held[0].lost?.aborted, false);
    assert.deepEqual(await stage.members(topic), members);
    await accept(owner, ...held);
    await until(async () => (await stage.committed(topic)) === 2);
  });

  test('after its partitions are revoked a member takes nothing of them, and what it settles is refused and commits nothing', async () => {
    const topic = await filled(2, 20);
    const first = await stage.trigger({ topic, order: 'none' });
    const held = await take(first, 40);
    const second = await stage.trigger({ topic, order: 'none' });
    await until(() => held[0].lost?.aborted === true);
    assert.ok(held.every(({ lost }) => lost?.aborted));
    const again = [await take(first, 20), await take(second, 20)];
    assert.deepEqual(again.flat().map(textOf).toSorted(), held.map(textOf).toSorted());
    for (const late of held.slice(1))
      await assert.rejects(settleOne(first, late, { kind: 'accept' }), { code: 'SLU3003' });
    await settleOne(first, held[0], { kind: 'release' });
    await sleep(200); // ten times commit_every
    assert.deepEqual(await committed(topic), [0, 0]);
    assert.deepEqual(await Promise.all([first, second].map((one) => comesWithin(one, 200))), [[], []]);
    await accept(first, ...again.flat());
    await until(async () => (await committed(topic)).every((offset) => offset === 20));
  });

  test('what was finished is committed when its partitions are revoked, however rarely offsets are committed else', async () => {
    const topic = await filled(2, 20);
    const rarely = { topic, order: 'none', commit_every: '10m', commit_records: 1_000_000 };
    const first = await stage.trigger(rarely);
    await accept(first, ...(await take(first, 40)));
    const second = await stage.trigger(rarely);
    assert.deepEqual(await Promise.all([first, second].map((one) => comesWithin(one, 500))), [[], []]);
    assert.deepEqual(await committed(topic), [20, 20]);
  });

  test('a member that was cut off, given up on and comes back moves no offset of the member after it', async () => {
    const topic = await filled(1, 20);
    const cut = await stage.trigger({ topic, order: 'none' }, { listener: 'proxied' });
    const held = await take(cut, 20);
    await accept(cut, ...held.slice(0, 5));
    await until(async () => (await stage.committed(topic)) === 5);
    server.proxy.refuse();
    const next = await stage.trigger({ topic, order: 'none' });
    const rest = await take(next, 15);
    await stage.store(topic, ['one more']);
    await accept(next, ...rest, ...(await take(next, 1)));
    await until(async () => (await stage.committed(topic)) === 21);
    server.proxy.heal();
    // It may not have heard yet that it was given up on: then the group refuses the commit.
    for (const late of held.slice(5)) {
      await settleOne(cut, late, { kind: 'accept' }).catch((thrown: unknown) => {
        assert.ok(thrown instanceof SluiceError && thrown.code === 'SLU3003', String(thrown));
      });
    }
    await cut[Symbol.asyncDispose]();
    assert.equal(await stage.committed(topic), 21);
  });

  test('attempts go with the partition to the member that has it next', async () => {
    const topic = await filled(1, 2);
    const first = await stage.trigger({ topic });
    const [poison, other] = await take(first, 2);
    await settleOne(first, poison, { kind: 'retry', afterMs: 0, reason: 'failed' });
    await accept(first, other!);
    const [again] = await take(first, 1);
    await settleOne(first, again, { kind: 'retry', afterMs: 600_000, reason: 'failed' });
    await first[Symbol.asyncDispose]();
    const second = await stage.trigger({ topic });
    const [third, repeated] = await take(second, 2);
    assert.deepEqual([textOf(third), third.attempt, repeated && textOf(repeated)], ['0:0', 3, '0:1']);
  });

  test('a member without a partition says so, and gets one when another leaves', async () => {
    const topic = await filled(1, 3);
    const members = [await stage.trigger({ topic }), await stage.trigger({ topic })];
    await until(() => members.some((one) => /more members than there are partitions/.test(one.trouble?.() ?? '')));
    const idle = members.findIndex((one) => one.trouble?.() !== undefined);
    await members[1 - idle]?.[Symbol.asyncDispose]();
    assert.deepEqual((await take(members[idle]!, 3)).map(textOf), ['0:0', '0:1', '0:2']);
    assert.equal(members[idle]?.trouble?.(), undefined);
  });
});

/** Records of each partition that are published at once while members come and go. */
const ROUND = 100;
/** Records are fetched in the batches in which they were written. */
const BATCH = 20;

test('a partition is fetched no further than its window and one batch, its member stays one meanwhile, and nothing is left out', async () => {
  const [records, window] = [10_000, 50];
  const topic = await server.freshTopic();
  for (let n = 0; n < records; n += BATCH) {
    const texts = numbers(BATCH).map((own) => `${n + Number(own)}`.padEnd(1000));
    await stage.store(topic, texts);
  }
  const trigger = await stage.trigger({ topic, order: 'none', window, partition_fetch_bytes: '1KiB' });
  const members = await stage.members(topic);
  const held = await take(trigger, window);
  for (const stop = AbortSignal.timeout(2 * SESSION_MS); !stop.aborted;) held.push(...(await trigger.take(1000, stop)));
  assert.ok(held.length <= window + BATCH, `${held.length} records with a window of ${window}`);
  assert.equal(held[0].lost?.aborted, false);
  assert.deepEqual(await stage.members(topic), members);
  await accept(trigger, ...held);
  const member = new WorkingMember(trigger);
  await until(() => member.accepted.length >= 500);
  await member.leave();
  const next = member.accepted.map((text) => Number(text) - held.length);
  assert.deepEqual(next, [...next.keys()], 'it goes on where it stopped, and nothing is left out');
});

test('members that join, leave and die share the work, and nothing is lost', async (context) => {
  const partitions = 6;
  const topic = await server.freshTopic({ partitions });
  const members: WorkingMember[] = [];
  const done = (): number => new Set(members.flatMap(({ accepted }) => accepted)).size;
  let records = 0;
  const publish = async (): Promise<void> => {
    for (let partition = 0; partition < partitions; partition += 1) {
      const texts = numbers(ROUND).map((n) => `${partition}:${records + Number(n)}`);
      await stage.store(topic, texts, partition);
    }
    records += ROUND;
  };
  /** Joins, and resolves when it has a share of the work, with more work for everybody. */
  const join = async (listener: 'plain' | 'proxied' = 'plain'): Promise<WorkingMember> => {
    const member = new WorkingMember(await stage.trigger({ topic, order: 'none' }, { listener }));
    members.push(member);
    while (member.accepted.length === 0) {
      await publish();
      await until(() => member.accepted.length > 0 || done() > (records - ROUND) * partitions);
    }
    for (let n = 0; n < 5; n += 1) await publish();
    return member;
  };
  const [first, second, third] = [await join(), await join(), await join('proxied')];
  server.proxy.refuse();
  await third.failed();
  await publish();
  await second.leave();
  await publish();
  await until(() => done() === partitions * records);
  await until(async () => (await committed(topic)).every((offset) => offset === records));
  await first.leave();
  server.proxy.heal();
  const shares = members.map(({ accepted }) => accepted.length);
  const late = members.reduce((sum, { tooLate }) => sum + tooLate, 0);
  context.diagnostic(`shares ${shares.join(', ')} of ${partitions * records}; ${late} too late`);
});
