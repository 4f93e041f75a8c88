import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settleOne, type Settlement } from '#trigger';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { accept, comesWithin, Stage, take, textOf, until } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

test('core NATS: of the triggers in one queue group one gets each message, others get all', async () => {
  const workers = [
    await stage.trigger({ subject: 'jobs.*', queue: 'w' }),
    await stage.trigger({ subject: 'jobs.*', queue: 'w' }),
  ];
  const watcher = await stage.trigger({ subject: 'jobs.>' });
  for (let n = 0; n < 100; n += 1) stage.nc.publish('jobs.a', String(n));
  await stage.nc.flush();
  assert.equal((await take(watcher, 100)).length, 100);
  const shares: string[][] = [[], []];
  await until(async () => {
    for (const [n, worker] of workers.entries()) shares[n]!.push(...(await comesWithin(worker, 100)));
    return shares.flat().length >= 100;
  });
  assert.equal(new Set(shares.flat()).size, 100);
  assert.equal(shares.flat().length, 100);
  assert.ok(
    shares.every((share) => share.length > 10),
    'the messages are shared',
  );
});

test('core NATS: a request is answered with what accept was given, with its headers', async () => {
  const trigger = await stage.trigger({ subject: 'price.get', queue: 'q' });
  const asking = stage.nc.request('price.get', 'apples', { timeout: 5000 });
  const [delivery] = await take(trigger, 1);
  assert.equal(delivery.awaitsReply, true);
  const reply = { headers: [['x-currency', 'EUR']], contentType: 'text/plain', data: Buffer.from('2.40') } as const;
  await settleOne(trigger, delivery, { kind: 'accept', reply });
  const answer = await asking;
  assert.equal(answer.string(), '2.40');
  assert.equal(answer.headers?.get('x-currency'), 'EUR');
  assert.equal(answer.headers?.get('Content-Type'), 'text/plain');
});

test('core NATS: a request that is accepted without a reply gets an empty answer', async () => {
  const trigger = await stage.trigger({ subject: 'quiet' });
  const asking = stage.nc.request('quiet', '', { timeout: 5000 });
  await accept(trigger, ...(await take(trigger, 1)));
  const answer = await asking;
  assert.equal(answer.data.length, 0);
  assert.equal(answer.headers, undefined);
});

test('core NATS: a request that is given up on, or given back, gets an error answer', async () => {
  const trigger = await stage.trigger({ subject: 'failing' });
  const errorOf = async (settlement: Settlement): Promise<(string | undefined)[]> => {
    const asking = stage.nc.request('failing', '', { timeout: 5000 });
    const [delivery] = await take(trigger, 1);
    await settleOne(trigger, delivery, settlement);
    const { headers } = await asking;
    return [headers?.get('Nats-Service-Error-Code'), headers?.get('Nats-Service-Error')];
  };
  assert.deepEqual(await errorOf({ kind: 'drop', reason: 'no such\nfruit' }), ['500', 'no such fruit']);
  assert.deepEqual(await errorOf({ kind: 'release' }), ['503', 'shutting down']);
});

test('core NATS: with reply = false, nobody is answered', async () => {
  const trigger = await stage.trigger({ subject: 'heard', reply: false });
  const asking = stage.nc.request('heard', '', { timeout: 300 });
  const failing = assert.rejects(asking);
  const [delivery] = await take(trigger, 1);
  assert.ok(!delivery.awaitsReply);
  await accept(trigger, delivery);
  await failing;
});

test('core NATS: what was buffered when stop was aborted is still given out, and nothing that comes later', async () => {
  const trigger = await stage.trigger({ subject: 'draining' });
  const stop = new AbortController();
  for (let n = 0; n < 10; n += 1) stage.nc.publish('draining', String(n));
  await stage.nc.flush();
  const texts = (await trigger.take(3, stop.signal)).map(textOf);
  stop.abort();
  for (;;) {
    const more = await trigger.take(3, stop.signal);
    if (more.length === 0) break;
    texts.push(...more.map(textOf));
    stage.nc.publish('draining', 'too late');
    await stage.nc.flush();
  }
  assert.deepEqual(texts, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
});

test('core NATS: what does not fit into the buffer is dropped, the newest first, and counted', async () => {
  const trigger = await stage.trigger({ subject: 'flood', buffer: 5 });
  for (let n = 0; n < 100; n += 1) stage.nc.publish('flood', String(n));
  await stage.nc.flush();
  await until(() => (trigger.dropped?.().get('slow-consumer') ?? 0) === 95);
  assert.deepEqual((await take(trigger, 5)).map(textOf), ['0', '1', '2', '3', '4']);
  assert.deepEqual(await comesWithin(trigger, 200), []);
});

test('core NATS: the buffer is bounded in bytes too, but takes one message of any size', async () => {
  const trigger = await stage.trigger({ subject: 'heavy', buffer_bytes: '1KiB' });
  for (let n = 0; n < 3; n += 1) stage.nc.publish('heavy', 'x'.repeat(2000));
  await stage.nc.flush();
  await until(() => (trigger.dropped?.().get('slow-consumer') ?? 0) === 2);
  assert.equal((await take(trigger, 1)).length, 1);
  stage.nc.publish('heavy', 'small');
  assert.deepEqual((await take(trigger, 1)).map(textOf), ['small']);
});

test('core NATS: a trigger goes on by itself after its server was restarted, and says so meanwhile', async () => {
  await using own = await NatsServer.start();
  await using there = await Stage.set(own.address);
  const trigger = await there.trigger({ subject: 'back' });
  await own.kill();
  await until(() => trigger.trouble?.()?.startsWith('disconnected from') === true);
  await own.restart();
  await until(() => trigger.trouble?.() === undefined);
  const taking = take(trigger, 1);
  await until(async () => {
    there.nc.publish('back', 'again');
    await there.nc.flush();
    return Promise.race([
      taking.then(() => true),
      new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
    ]);
  });
  assert.equal(textOf((await taking)[0]), 'again');
});
