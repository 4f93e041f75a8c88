import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError, type Trigger, settleOne } from '#trigger';
import { NatsServer } from '../brokers/nats.ts';
import { FaultProxy } from '../brokers/proxy.ts';
import { accept, comesWithin, Stage, take, textOf, until } from './stage.ts';

interface Setup extends AsyncDisposable {
  readonly server: NatsServer;
  readonly stage: Stage;
}

/** A server of its own, with a stream. */
async function setUp(stream: string): Promise<Setup> {
  const server = await NatsServer.start();
  const stage = await Stage.set(server.address);
  await stage.jsm.streams.add({ name: stream, subjects: [`${stream}.>`] });
  return {
    server,
    stage,
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function failureOf(trigger: Trigger): Promise<SluiceError> {
  const failure = await trigger.take(1, AbortSignal.timeout(30_000)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(failure instanceof SluiceError, 'the trigger was to fail with a SluiceError');
  return failure;
}

// Each has a server of its own, and mostly waits for something to be noticed.
describe('faults', { concurrency: 6 }, () => {
  test('a JetStream trigger goes on by itself after its server was killed and restarted, and says so meanwhile', async () => {
    await using setup = await setUp('killed');
    const { server, stage } = setup;
    const trigger = await stage.trigger({ stream: 'killed', ack_wait: '2s' });
    await stage.store('killed.a', '1', '2');
    const [one, two] = await take(trigger, 2);
    await accept(trigger, one);
    await server.kill();
    await until(() => trigger.trouble?.()?.startsWith('disconnected from 127.0.0.1') === true);
    await assert.rejects(async () => trigger.backlog?.(), { code: 'SLU3301' });
    const late = settleOne(trigger, two!, { kind: 'accept' });
    await sleep(1000);
    await server.restart();
    await late;
    await stage.store('killed.a', '3');
    // The server writes acknowledgements down some milliseconds after it confirmed them: those right before the kill may be forgotten.
    for (let text = ''; text !== '3';) {
      const [next] = await take(trigger, 1);
      text = textOf(next);
      await accept(trigger, next);
    }
    assert.equal(trigger.trouble?.(), undefined);
    const again = await comesWithin(trigger, 2500);
    assert.ok(!again.includes('2'), 'what was accepted during the outage is settled');
  });

  test('a JetStream trigger notices a server that hangs, and goes on when it answers again', async () => {
    await using setup = await setUp('frozen');
    const { server, stage } = setup;
    const trigger = await stage.trigger({ stream: 'frozen' });
    await stage.store('frozen.a', '1');
    await accept(trigger, ...(await take(trigger, 1)));
    await server.freeze();
    const taking = take(trigger, 1, 60_000);
    await until(() => trigger.trouble?.() !== undefined, 40_000);
    await server.thaw();
    await stage.store('frozen.a', '2');
    assert.deepEqual((await taking).map(textOf), ['2']);
  });

  test('a JetStream trigger whose durable is deleted fails for good, and names it', async () => {
    await using setup = await setUp('orders');
    const { stage } = setup;
    const trigger = await stage.trigger({ stream: 'orders', durable: 'pricing' });
    const failing = failureOf(trigger);
    await stage.jsm.consumers.delete('orders', 'pricing');
    const { code, transient, message } = await failing;
    assert.equal(code, 'SLU3306');
    assert.equal(transient, false);
    assert.match(message, /'pricing'.*'orders'/);
  });

  test('a JetStream trigger whose stream is deleted fails passingly, and opens again once the stream is there', async () => {
    await using setup = await setUp('gone');
    const { stage } = setup;
    const trigger = await stage.trigger({ stream: 'gone' });
    const failing = failureOf(trigger);
    await stage.jsm.streams.delete('gone');
    const { code, transient } = await failing;
    assert.deepEqual([code, transient], ['SLU3303', true]);
    await assert.rejects(stage.trigger({ stream: 'gone' }), { code: 'SLU3303', transient: true });
    const made = await stage.trigger({ stream: 'gone', create: { subjects: ['gone.>'] } });
    await stage.store('gone.a', 'back');
    assert.deepEqual((await take(made, 1)).map(textOf), ['back']);
  });

  test('a JetStream trigger loses nothing when its connection is cut again and again', async () => {
    await using setup = await setUp('cut');
    const { server, stage } = setup;
    await using proxy = await FaultProxy.listen(server.port);
    const trigger = await stage.trigger(
      { stream: 'cut', ack_wait: '2s', window: 20 },
      { connection: { servers: proxy.address } },
    );
    for (let n = 0; n < 300; n += 1) stage.nc.publish('cut.a', String(n));
    await stage.nc.flush();
    const accepted = new Set<string>();
    let cuts = 0;
    while (accepted.size < 300) {
      const deliveries = await take(trigger, 1);
      if (accepted.size > cuts * 60) {
        cuts += 1;
        proxy.cut();
      }
      for (const delivery of deliveries) {
        await settleOne(trigger, delivery, { kind: 'accept' });
        accepted.add(textOf(delivery));
      }
    }
    assert.equal(cuts, 5);
    assert.deepEqual(await comesWithin(trigger, 2500), []);
  });

  test('a JetStream trigger works over a slow connection', async () => {
    await using setup = await setUp('slow');
    const { server, stage } = setup;
    await using proxy = await FaultProxy.listen(server.port);
    const trigger = await stage.trigger({ stream: 'slow', ack_wait: '5s' }, { connection: { servers: proxy.address } });
    proxy.delay(300);
    await stage.store('slow.a', ...Array.from({ length: 50 }, (_, n) => String(n)));
    const deliveries = await take(trigger, 50);
    assert.deepEqual(new Set(deliveries.map(({ attempt }) => attempt)), new Set([1]));
    await accept(trigger, ...deliveries);
    assert.equal((await stage.jsm.consumers.info('slow', 'conformance')).num_ack_pending, 0);
  });

  for (const direction of ['up', 'down'] as const) {
    test(`a JetStream trigger replaces a connection that has gone silent ${direction === 'up' ? 'towards' : 'from'} the server`, async () => {
      await using setup = await setUp('halved');
      const { server, stage } = setup;
      await using proxy = await FaultProxy.listen(server.port);
      const trigger = await stage.trigger(
        { stream: 'halved', ack_wait: '2s' },
        { connection: { servers: proxy.address } },
      );
      await stage.store('halved.a', '1');
      await accept(trigger, ...(await take(trigger, 1)));
      proxy.lose(direction); // on this connection, not on the one that takes its place
      await stage.store('halved.a', '2');
      const [held] = await take(trigger, 1, 60_000);
      await accept(trigger, held);
      assert.equal(textOf(held), '2');
    });
  }

  test('an acknowledgement that is lost on its way costs a second delivery at most, never the message', async () => {
    await using setup = await setUp('lost');
    const { server, stage } = setup;
    await using proxy = await FaultProxy.listen(server.port);
    const trigger = await stage.trigger({ stream: 'lost', ack_wait: '1s' }, { connection: { servers: proxy.address } });
    await stage.store('lost.a', '1');
    const [held] = await take(trigger, 1);
    proxy.lose('up');
    const settling = settleOne(trigger, held, { kind: 'accept' });
    await sleep(1500);
    assert.equal(
      (await stage.jsm.consumers.info('lost', 'conformance')).num_ack_pending,
      1,
      'the server does not know yet',
    );
    proxy.heal();
    await settling;
    assert.equal((await stage.jsm.consumers.info('lost', 'conformance')).num_ack_pending, 0);
  });
});
