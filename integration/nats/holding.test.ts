import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Delivery, settleOne } from '#trigger';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { accept, comesWithin, Stage, take, textOf } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

/** Long enough that a busy machine extends it in time. */
const ACK_WAIT_MS = 2000;

async function stream(name: string): Promise<void> {
  await stage.jsm.streams.add({ name, subjects: [`${name}.>`] });
}

/** What the pump does while it holds deliveries. */
function extending(everyMs: number | undefined, ...deliveries: readonly Delivery[]): Disposable {
  const timer = setInterval(() => deliveries.forEach((delivery) => delivery.extend?.()), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

// Each has a stream of its own, and mostly waits for ack_wait.
describe('holding', { concurrency: 4 }, () => {
  test('a JetStream message that is held for 3 x ack_wait is delivered once, since Sluice reports progress to the server', async () => {
    await stream('long');
    const trigger = await stage.trigger({ stream: 'long', ack_wait: `${ACK_WAIT_MS}ms` });
    const other = await stage.trigger({ stream: 'long', durable: 'conformance' });
    await stage.store('long.a', 'slow');
    const [held] = await take(trigger, 1);
    {
      using _ = extending(trigger.supports.extendEveryMs, held);
      assert.deepEqual(await comesWithin(other, 3 * ACK_WAIT_MS), []);
    }
    await accept(trigger, held);
    assert.deepEqual(await comesWithin(other, ACK_WAIT_MS + 200), []);
  });

  test('a JetStream message that is no longer extended comes again after ack_wait, as the next attempt', async () => {
    await stream('dead');
    const trigger = await stage.trigger({ stream: 'dead', ack_wait: `${ACK_WAIT_MS}ms` });
    await stage.store('dead.a', 'stuck');
    const [held] = await take(trigger, 1);
    {
      using _ = extending(trigger.supports.extendEveryMs, held);
      await sleep(2 * ACK_WAIT_MS);
    }
    const [again] = await take(trigger, 1);
    assert.equal(again.attempt, 2);
    await accept(trigger, again);
  });

  test('JetStream messages that wait in the mailbox are extended too, and are still a first attempt when taken', async () => {
    await stream('waiting');
    const trigger = await stage.trigger({ stream: 'waiting', ack_wait: `${ACK_WAIT_MS}ms`, window: 3 });
    await stage.store('waiting.a', '1', '2', '3');
    const [first] = await take(trigger, 1);
    {
      using _ = extending(trigger.supports.extendEveryMs, first);
      await sleep(3 * ACK_WAIT_MS);
    }
    const rest = await take(trigger, 2);
    assert.deepEqual(
      rest.map(({ attempt }) => attempt),
      [1, 1],
    );
    await accept(trigger, first, ...rest);
  });

  test('JetStream never has more messages out than the window, under a burst of 100 x as many', async () => {
    await stream('burst');
    const trigger = await stage.trigger({ stream: 'burst', durable: 'd', window: 10 });
    for (let n = 0; n < 1000; n += 1) stage.nc.publish('burst.a', String(n));
    await stage.nc.flush();
    const seen = new Set<string>();
    const out: number[] = [];
    while (seen.size < 1000) {
      const deliveries = await take(trigger, 1);
      out.push((await stage.jsm.consumers.info('burst', 'd')).num_ack_pending);
      for (const delivery of deliveries) seen.add(textOf(delivery));
      await accept(trigger, ...deliveries);
    }
    assert.ok(Math.max(...out) <= 10, `${Math.max(...out)} messages were out`);
  });

  test('JetStream messages that were not started when stop is aborted go back at once, uncharged, while others still run', async () => {
    await stream('stopping');
    const options = { stream: 'stopping', durable: 'd', ack_wait: '30s', window: 20 };
    const first = await stage.trigger(options);
    await stage.store('stopping.a', ...Array.from({ length: 20 }, (_, n) => String(n)));
    const stop = new AbortController();
    const [running] = await first.take(1, stop.signal);
    assert.ok(running);
    stop.abort();
    const second = await stage.trigger(options);
    const others = await take(second, 19, 5000);
    assert.deepEqual(new Set(others.map(({ attempt }) => attempt)), new Set([1]));
    await accept(first, running, ...others);
    assert.deepEqual(await first.take(1, stop.signal), []);
  });

  test('the last attempt comes before the last delivery that JetStream allows, even when releases have used some up', async () => {
    await stream('final');
    await stage.jsm.consumers.add('final', {
      durable_name: 'd',
      ack_policy: 'explicit',
      max_deliver: 4,
      ack_wait: 30e9,
    });
    await stage.store('final.a', 'poison');
    const trigger = await stage.trigger({ stream: 'final', durable: 'd' }, { attempts: 5 });
    const attempts: number[] = [];
    for (const settlement of [
      { kind: 'release' },
      { kind: 'release' },
      { kind: 'drop', reason: 'given up' },
    ] as const) {
      const [delivery] = await take(trigger, 1);
      attempts.push(delivery.attempt);
      await settleOne(trigger, delivery, settlement);
    }
    assert.deepEqual(attempts, [1, 1, 5]);
  });

  test('a durable that Sluice makes has no backoff, acknowledges explicitly, and allows more deliveries than attempts', async () => {
    await stream('made');
    await stage.trigger({ stream: 'made', durable: 'd' }, { attempts: 5 });
    const { config } = await stage.jsm.consumers.info('made', 'd');
    assert.equal(config.backoff, undefined);
    assert.equal(config.ack_policy, 'explicit');
    assert.equal(config.ack_wait, 30e9);
    assert.equal(config.max_deliver, 107);
  });

  test('two triggers on one durable share its messages, and each message goes to one', async () => {
    await stream('shared');
    const options = { stream: 'shared', durable: 'd', window: 4 };
    const triggers = [await stage.trigger(options), await stage.trigger(options)];
    for (let n = 0; n < 200; n += 1) stage.nc.publish('shared.a', String(n));
    await stage.nc.flush();
    const seen: string[][] = [[], []];
    const ended = new AbortController();
    await Promise.all(
      triggers.map(async (trigger, at) => {
        while (!ended.signal.aborted) {
          const deliveries = await trigger.take(4, ended.signal);
          seen[at]?.push(...deliveries.map(textOf));
          await accept(trigger, ...deliveries);
          if (seen.flat().length >= 200) ended.abort();
        }
      }),
    );
    assert.equal(new Set(seen.flat()).size, 200);
    assert.equal(seen.flat().length, 200);
    assert.ok(
      seen.every((share) => share.length >= 20),
      `shares of ${seen.map((share) => share.length).join(' and ')}`,
    );
  });
});
