import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf, settleOne } from '#trigger';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { rawHeaders } from './raw-headers.ts';
import { accept, comesWithin, Stage, take, textOf } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

test('a stream that does not exist is made by create, as it says, and only then', async () => {
  await assert.rejects(stage.trigger({ stream: 'made' }), { code: 'SLU3303', transient: true });
  await stage.trigger({
    stream: 'made',
    create: {
      subjects: ['made.>'],
      retention: 'workqueue',
      storage: 'memory',
      max_age: '1h',
      discard: 'new',
      max_bytes: '1MiB',
    },
  });
  const { config } = await stage.jsm.streams.info('made');
  const { subjects, retention, storage, max_age, discard, max_bytes } = config;
  assert.deepEqual(
    { subjects, retention, storage, max_age, discard, max_bytes },
    {
      subjects: ['made.>'],
      retention: 'workqueue',
      storage: 'memory',
      max_age: 3600e9,
      discard: 'new',
      max_bytes: 2 ** 20,
    },
  );
});

test('a stream and a durable that exist are left as they are, unless update says so', async () => {
  await stage.jsm.streams.add({ name: 'kept', subjects: ['kept.a'] });
  await stage.jsm.consumers.add('kept', {
    durable_name: 'd',
    ack_policy: 'explicit',
    ack_wait: 7e9,
    max_ack_pending: 50,
  });
  const options = { stream: 'kept', durable: 'd', ack_wait: '9s', create: { subjects: ['kept.>'] } };
  await stage.trigger(options);
  assert.deepEqual((await stage.jsm.streams.info('kept')).config.subjects, ['kept.a']);
  assert.equal((await stage.jsm.consumers.info('kept', 'd')).config.ack_wait, 7e9);
  await stage.trigger({ ...options, update: true });
  assert.deepEqual((await stage.jsm.streams.info('kept')).config.subjects, ['kept.>']);
  assert.equal((await stage.jsm.consumers.info('kept', 'd')).config.ack_wait, 9e9);
});

test('a durable that cannot be used is refused, and says why', async () => {
  await stage.jsm.streams.add({ name: 'odd', subjects: ['odd.>'] });
  await stage.jsm.consumers.add('odd', {
    durable_name: 'pushed',
    ack_policy: 'explicit',
    deliver_subject: 'elsewhere',
  });
  await stage.jsm.consumers.add('odd', { durable_name: 'unacknowledged', ack_policy: 'none' });
  await stage.jsm.consumers.add('odd', { durable_name: 'filtered', ack_policy: 'explicit', filter_subject: 'odd.a' });
  await assert.rejects(stage.trigger({ stream: 'odd', durable: 'pushed' }), { code: 'SLU3305', message: /pushes/ });
  await assert.rejects(stage.trigger({ stream: 'odd', durable: 'unacknowledged' }), {
    code: 'SLU3305',
    message: /'none'/,
  });
  await assert.rejects(stage.trigger({ stream: 'odd', durable: 'filtered', filter: 'odd.b' }), {
    code: 'SLU3305',
    message: /filters odd\.a, not odd\.b/,
  });
  await stage.trigger({ stream: 'odd', durable: 'filtered', filter: 'odd.b', update: true });
  assert.equal((await stage.jsm.consumers.info('odd', 'filtered')).config.filter_subject, 'odd.b');
});

test('what JetStream refuses to make is a coded error with its reason', async () => {
  await stage.trigger({ stream: 'first', create: { subjects: ['taken.>'] } });
  await assert.rejects(stage.trigger({ stream: 'second', create: { subjects: ['taken.a'] } }), {
    code: 'SLU3310',
    message: /overlap/,
    transient: false,
  });
});

test('a trigger reads the subjects that it filters, and from where deliver or a start says', async () => {
  await stage.jsm.streams.add({ name: 'past', subjects: ['past.>'] });
  await stage.store('past.a', 'a1');
  await stage.store('past.b', 'b2');
  const { state } = await stage.jsm.streams.info('past');
  await stage.store('past.a', 'a3');
  await stage.store('past.c', 'c4');
  const reads = async (options: Readonly<Record<string, unknown>>, ...wanted: readonly string[]): Promise<void> => {
    const durable = `d${Object.values(options).join('-').replaceAll(/\W/g, '_')}`;
    const trigger = await stage.trigger({ stream: 'past', durable, ...options });
    const first = wanted.length > 0 ? await take(trigger, wanted.length) : [];
    assert.deepEqual([...first.map(textOf), ...(await comesWithin(trigger, 200))], wanted);
  };
  await reads({}, 'a1', 'b2', 'a3', 'c4');
  await reads({ filter: 'past.a' }, 'a1', 'a3');
  await reads({ filter: ['past.a', 'past.b'] }, 'a1', 'b2', 'a3');
  await reads({ start_sequence: 3 }, 'a3', 'c4');
  await reads({ start_time: state.last_ts }, 'b2', 'a3', 'c4');
  await reads({ deliver: 'last' }, 'c4');
  await reads({ deliver: 'last_per_subject', filter: 'past.*' }, 'b2', 'a3', 'c4');
  await reads({ deliver: 'new' });
});

test('the position of a message is printable ASCII, whatever its stream is called', async () => {
  await stage.jsm.streams.add({ name: 'größe', subjects: ['größe'] });
  await stage.store('größe', 'x');
  const [{ position, place }] = await take(await stage.trigger({ stream: 'größe', durable: 'd' }), 1);
  assert.match(position, /^gr%C3%B6%C3%9Fe\/\w+\/1\/\d{19}$/);
  assert.equal(place, 'größe');
});

test('order makes lanes of subjects or of the values of a header', async () => {
  await stage.jsm.streams.add({ name: 'lanes', subjects: ['lanes.>'] });
  const headers = rawHeaders([['Customer', 'c7']]);
  await stage.nc.request('lanes.x', 'with', { timeout: 5000, headers });
  await stage.store('lanes.y', 'without');
  const lanesOf = async (order: string): Promise<(string | undefined)[]> => {
    const durable = order.replaceAll(/\W/g, '_');
    const trigger = await stage.trigger({ stream: 'lanes', durable, order });
    assert.equal(trigger.supports.retryAfter, order === 'none', 'a lane is retried where it is held');
    return (await take(trigger, 2)).map(({ lane }) => lane);
  };
  assert.deepEqual(await lanesOf('none'), [undefined, undefined]);
  assert.deepEqual(await lanesOf('subject'), ['lanes.x', 'lanes.y']);
  assert.deepEqual(await lanesOf('header:customer'), ['c7', undefined]);
});

test('traceparent and every other header arrive as they were sent, even those that are not valid', async () => {
  await stage.jsm.streams.add({ name: 'headers', subjects: ['headers.>'] });
  const sent = [
    ['TraceParent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['x y', 'a name with a blank'],
    ['x-a', '1'],
    ['x-b', '2'],
    ['x-a', '3'],
  ] as const;
  await stage.nc.request('headers.a', 'data', { timeout: 5000, headers: rawHeaders(sent) });
  const [{ event }] = await take(await stage.trigger({ stream: 'headers' }), 1);
  assert.deepEqual(event.headers, sent);
  assert.equal(headerOf(event.headers, 'traceparent'), sent[0][1]);
  assert.equal(Buffer.from(event.data).toString(), 'data');
});

test('an event is what a CloudEvent says, else its Nats-Msg-Id, else its place in the stream', async () => {
  await stage.jsm.streams.add({ name: 'ids', subjects: ['ids.>'] });
  const ce = [
    ['ce-specversion', '1.0'],
    ['ce-id', 'order%2017'],
    ['ce-source', '/shop'],
    ['ce-type', 'order.created'],
    ['ce-subject', 'order 17'],
    ['ce-time', '2026-01-02T03:04:05.000000006Z'],
    ['Content-Type', 'application/json'],
  ] as const;
  await stage.nc.request('ids.a', '{}', { timeout: 5000, headers: rawHeaders(ce) });
  await stage.nc.request('ids.b', '{}', { timeout: 5000, headers: rawHeaders([['Nats-Msg-Id', 'm1']]) });
  await stage.store('ids.c', '{}');
  const [cloud, named, placed] = (await take(await stage.trigger({ stream: 'ids' }), 3)).map(({ event }) => event);
  assert.deepEqual(
    [cloud?.id, cloud?.source, cloud?.subject, cloud?.time, cloud?.contentType],
    ['order 17', '/shop', 'order 17', 1767323045000000006n, 'application/json'],
  );
  assert.equal(headerOf(cloud?.headers ?? [], 'sluice-subject'), 'ids.a');
  assert.deepEqual([named?.id, named?.source, named?.subject], ['m1', 'nats:ids', 'ids.b']);
  assert.match(placed?.id ?? '', /^ids:3:\d{19}$/);
  assert.ok(Math.abs(Number(placed?.time ?? 0n) / 1e6 - Date.now()) < 60_000);
});

test('a stream that was made anew gives other event ids, so that outputs are not taken for those of the one before', async () => {
  const idOfFirst = async (): Promise<string> => {
    await stage.jsm.streams.add({ name: 'anew', subjects: ['anew.>'], storage: 'memory' });
    await stage.store('anew.a', 'x');
    const trigger = await stage.trigger({ stream: 'anew' });
    const [delivery] = await take(trigger, 1);
    await accept(trigger, delivery);
    await stage.jsm.streams.delete('anew');
    return delivery.event.id;
  };
  assert.notEqual(await idOfFirst(), await idOfFirst());
});

test('the backlog of a JetStream trigger is what waits in the stream, and what others hold', async () => {
  await stage.jsm.streams.add({ name: 'waits', subjects: ['waits.>'] });
  const options = { stream: 'waits', window: 2, durable: 'd' };
  const [one, other] = [await stage.trigger(options), await stage.trigger(options)];
  await stage.store('waits.a', ...Array.from({ length: 10 }, (_, n) => String(n)));
  const [held] = await take(one, 2);
  assert.deepEqual(await one.backlog?.(), { ready: 8, waiting: 0 });
  assert.deepEqual(await other.backlog?.(), { ready: 8, waiting: 2 });
  await settleOne(one, held, { kind: 'retry', afterMs: 60_000, reason: 'later' });
  await one[Symbol.asyncDispose]();
  assert.equal(textOf((await take(other, 1))[0]), '2');
});
