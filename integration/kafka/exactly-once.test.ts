import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Delivery, type Message, type Publisher, type Settlement, settleOne } from '#trigger';
import { KafkaServer } from '../brokers/kafka.ts';
import { take, textOf } from '../deliveries.ts';
import { forFile } from '../for-file.ts';
import { until } from '../until.ts';
import { numbers, Stage } from './stage.ts';

const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

function message(text: string, key?: string): Message {
  return { ...(key === undefined ? {} : { key: Buffer.from(key) }), headers: [], data: Buffer.from(text) };
}

/** Accepts with these messages in one step. */
function withOutputs(publisher: Publisher, ...messages: readonly Message[]): Settlement {
  return { kind: 'accept', publish: [{ publisher, messages }] };
}

async function textsOf(topic: string): Promise<readonly string[]> {
  return (await stage.peer.records(topic)).map(({ value }) => Buffer.from(value ?? '').toString());
}

const tooLarge = 'x'.repeat(20_000);

// Each has topics of its own.
describe('a refusal within a transaction', { concurrency: 4 }, () => {
  for (const [what, config, refused, code] of [
    ['is too large', { 'max.message.bytes': '10000' }, message(tooLarge, 'k'), 'SLU3004'],
    ['has no key, for a compacted topic', { 'cleanup.policy': 'compact' }, message('keyless'), 'SLU3408'],
  ] as const) {
    test(`an output that ${what} costs its event alone, with lower offsets unfinished when it was made or not`, async () => {
      const topic = await server.freshTopic();
      const out = await server.freshTopic({ config });
      await stage.store(topic, numbers(7));
      const trigger = await stage.trigger({ topic, exactly_once: true, order: 'none' });
      const output = await stage.output({ topic: out });
      const held = await take(trigger, 7);
      const settle = (n: number, ...messages: Message[]): Promise<void> =>
        settleOne(trigger, held[n]!, withOutputs(output, ...messages));
      // 2 and 5 are refused. 0 is unfinished when 1, 2, 3 and 5 are settled; 4 comes last.
      for (const n of [1, 2, 3, 5, 6]) {
        await settle(n, ...(n === 2 || n === 5 ? [message('beside', 'b'), refused] : [message(`of ${n}`, `${n}`)]));
      }
      await settle(0, message('of 0', '0'));
      const [again] = await take(trigger, 1);
      assert.equal(textOf(again), '2');
      assert.match(again.refusal ?? '', new RegExp(code));
      assert.deepEqual(await textsOf(out), ['of 0', 'of 1']);
      // As any other, it may wait for those below it, and be refused again: then it is told in the call.
      await settleOne(trigger, again, {
        kind: 'drop',
        reason: 'refused',
        publish: [{ publisher: output, messages: [message('letter of 2', 'l')] }],
      });
      await settle(4, message('of 4', '4'));
      const [fifth] = await take(trigger, 1);
      assert.deepEqual([textOf(fifth), fifth.attempt], ['5', 1]);
      const letter = {
        kind: 'drop',
        reason: 'refused',
        publish: [{ publisher: output, messages: [refused] }],
      } as const;
      await assert.rejects(settleOne(trigger, fifth, letter), { code, transient: false });
      await settleOne(trigger, fifth, { kind: 'drop', reason: 'refused' });
      await until(async () => (await stage.committed(topic)) === 7);
      assert.deepEqual(await textsOf(out), ['of 0', 'of 1', 'letter of 2', 'of 3', 'of 4', 'of 6']);
    });
  }

  test('a dead letter that is refused after its settlement was noted comes back, and the refusal of its next one is reported by the settlement', async () => {
    const topic = await server.freshTopic();
    const out = await server.freshTopic({ config: { 'max.message.bytes': '10000' } });
    await stage.store(topic, numbers(2));
    const trigger = await stage.trigger({ topic, exactly_once: true, order: 'none' });
    const output = await stage.output({ topic: out });
    const [zero, one] = await take(trigger, 2);
    const letter: Settlement = {
      kind: 'drop',
      reason: 'no stock',
      publish: [{ publisher: output, messages: [message(tooLarge)] }],
    };
    await settleOne(trigger, one!, letter);
    await settleOne(trigger, zero, withOutputs(output, message('of 0')));
    const [again] = await take(trigger, 1);
    assert.deepEqual([textOf(again), again.refusal], ['1', 'no stock']);
    await assert.rejects(settleOne(trigger, again, letter), { code: 'SLU3004', transient: false });
    await settleOne(trigger, again, { kind: 'drop', reason: 'no stock' });
    await until(async () => (await stage.committed(topic)) === 2);
    assert.deepEqual(await textsOf(out), ['of 0']);
  });

  test('an output whose topic was removed is waited for, with what was handled before it committed', async () => {
    const [topic, out, gone] = [await server.freshTopic(), await server.freshTopic(), await server.freshTopic()];
    await stage.store(topic, numbers(3));
    const trigger = await stage.trigger({ topic, exactly_once: true, order: 'none' });
    const [good, bad] = [await stage.output({ topic: out }), await stage.output({ topic: gone })];
    const [zero, one, two] = await take(trigger, 3);
    await settleOne(trigger, one!, withOutputs(bad, message('of 1')));
    await stage.admin.deleteTopics({ topics: [gone] });
    await settleOne(trigger, two!, withOutputs(good, message('of 2')));
    await settleOne(trigger, zero, withOutputs(good, message('of 0')));
    assert.deepEqual(await textsOf(out), ['of 0']);
    const [again] = await take(trigger, 1);
    assert.deepEqual([textOf(again), again.refusal], ['1', undefined]);
    await assert.rejects(settleOne(trigger, again, withOutputs(bad, message('of 1'))), {
      code: 'SLU3406',
      transient: true,
    });
    await server.makeTopic(gone);
    await settleOne(trigger, again, withOutputs(bad, message('of 1')));
    await until(async () => (await stage.committed(topic)) === 3);
    assert.deepEqual([await textsOf(out), await textsOf(gone)], [['of 0', 'of 2'], ['of 1']]);
  });

  test('what was stored in the same request as a refused output is stored again when it is committed without that', async () => {
    const topic = await server.freshTopic();
    const out = await server.freshTopic();
    const small = await server.freshTopic({ config: { 'max.message.bytes': '10000' } });
    await stage.store(topic, numbers(4));
    const trigger = await stage.trigger({ topic, exactly_once: true, order: 'none' });
    const [wide, narrow] = [await stage.output({ topic: out }), await stage.output({ topic: small })];
    const held = await take(trigger, 4);
    const settling = held.map((delivery: Delivery, n) =>
      settleOne(
        trigger,
        delivery,
        n === 2 ? withOutputs(narrow, message(tooLarge)) : withOutputs(wide, message(`of ${n}`)),
      ),
    );
    const results = await Promise.allSettled(settling);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
    await settleOne(trigger, held[2]!, { kind: 'drop', reason: 'refused' });
    await until(async () => (await stage.committed(topic)) === 4);
    assert.deepEqual(await textsOf(out), ['of 0', 'of 1', 'of 3']);
  });
});
