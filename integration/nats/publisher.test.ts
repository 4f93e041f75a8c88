import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Header, SluiceError } from '#trigger';
import { NatsServer } from '../brokers/nats.ts';
import { FaultProxy } from '../brokers/proxy.ts';
import { forFile } from '../for-file.ts';
import { Stage, take, until } from './stage.ts';

const server = await forFile(NatsServer.start({ config: () => 'max_payload: 100KB' }));
const stage = await forFile(Stage.set(server.address));

const forever = new AbortController().signal;
const message = { headers: [], data: Buffer.from('x') };

async function countOf(stream: string): Promise<number> {
  return (await stage.jsm.streams.info(stream)).state.messages;
}

test('an output makes its stream when told so, and expects that stream and no other', async () => {
  const publisher = await stage.publisher({ subject: 'out.a', stream: 'out', create: { subjects: ['out.>'] } });
  await publisher.publish([message], forever);
  assert.equal(await countOf('out'), 1);
  const other = await stage.publisher({ subject: 'out.a', stream: 'elsewhere' });
  await assert.rejects(other.publish([message], forever), {
    code: 'SLU3309',
    transient: false,
    message: /expected stream/,
  });
});

test('a message for a subject that no stream stores is refused, for as long as that is so', async () => {
  const publisher = await stage.publisher({ subject: 'nobody.listens' });
  await assert.rejects(publisher.publish([message], forever), {
    code: 'SLU3309',
    transient: true,
    message: /no stream/,
  });
  await stage.jsm.streams.add({ name: 'listens', subjects: ['nobody.>'] });
  await publisher.publish([message], forever);
  assert.equal(await countOf('listens'), 1);
});

test('what answers and is no stream does not count as stored', async () => {
  stage.nc.subscribe('service', { callback: (_error, msg) => void msg.respond('at your service') });
  const publisher = await stage.publisher({ subject: 'service' });
  await assert.rejects(publisher.publish([message], forever), { code: 'SLU3309', message: /not a stream answered/ });
});

test('a stream that is full and discards the new refuses passingly', async () => {
  await stage.jsm.streams.add({ name: 'full', subjects: ['full'], max_msgs: 1, discard: 'new' });
  const publisher = await stage.publisher({ subject: 'full' });
  await publisher.publish([message], forever);
  await assert.rejects(publisher.publish([message], forever), {
    code: 'SLU3309',
    transient: true,
    message: /maximum messages/,
  });
});

test('a message goes to its own subject where it has one', async () => {
  await stage.jsm.streams.add({ name: 'own', subjects: ['own.>'] });
  const publisher = await stage.publisher({ subject: 'own.a' });
  await publisher.publish([message, { ...message, subject: 'own.b' }], forever);
  assert.deepEqual((await stage.jsm.streams.info('own', { subjects_filter: '>' })).state.subjects, {
    'own.a': 1,
    'own.b': 1,
  });
  await assert.rejects(publisher.publish([{ ...message, subject: 'own.*' }], forever), { code: 'SLU3308' });
});

test('messages that are too large are refused with a code; headers that NATS cannot carry are encoded', async () => {
  await stage.jsm.streams.add({ name: 'strict', subjects: ['strict'] });
  const publisher = await stage.publisher({ subject: 'strict' });
  const large = { ...message, data: new Uint8Array(200_000) };
  await assert.rejects(publisher.publish([large], forever), { code: 'SLU3004', transient: false });
  await publisher.publish([{ ...message, headers: [['a b', 'x\r\ny: z']] }], forever);
  const stored = await stage.jsm.streams.getMessage('strict', { seq: 1 });
  assert.deepEqual([...(stored?.header ?? [])], [['a%20b', ['x%0D%0Ay: z']]]);
});

test('a stream tells which messages it had already', async () => {
  await stage.jsm.streams.add({ name: 'known', subjects: ['known'] });
  const publisher = await stage.publisher({ subject: 'known' });
  const publish = (...ids: readonly string[]): Promise<unknown> =>
    publisher.publish(
      ids.map((id) => ({ ...message, id })),
      forever,
    );
  assert.deepEqual([await publish('a', 'b'), await publish('b', 'c', 'a')], [{ duplicates: 0 }, { duplicates: 2 }]);
  assert.equal(await countOf('known'), 3);
});

test("what a handler passes on of its event's Nats- headers does not become an instruction to the server", async () => {
  await stage.jsm.streams.add({ name: 'passing', subjects: ['passing'] });
  const publisher = await stage.publisher({ subject: 'passing' });
  const headers = [
    ['Nats-Msg-Id', 'of the event'],
    ['Nats-Expected-Last-Sequence', '99'],
    ['Nats-Rollup', 'all'],
    ['x', 'y'],
  ] as const;
  await publisher.publish(
    [
      { ...message, headers, id: 'a' },
      { ...message, headers, id: 'b' },
    ],
    forever,
  );
  assert.equal(await countOf('passing'), 2);
  const stored = await stage.jsm.streams.getMessage('passing', { seq: 1 });
  assert.deepEqual(
    [...(stored?.header ?? [])],
    [
      ['x', ['y']],
      ['Nats-Msg-Id', ['a']],
    ],
  );
});

test('publish rejects passingly while the connection is lost, and works again after', async () => {
  await stage.jsm.streams.add({ name: 'away', subjects: ['away'] });
  await using proxy = await FaultProxy.listen(server.port);
  for (const options of [{ subject: 'away' }, { subject: 'away', mode: 'core' }]) {
    const publisher = await stage.publisher(options, { servers: proxy.address });
    proxy.refuse();
    await until(() =>
      publisher.publish([message], forever).then(
        () => false,
        (thrown) => thrown instanceof SluiceError && thrown.transient,
      ),
    );
    proxy.heal();
    await until(() =>
      publisher.publish([message], forever).then(
        () => true,
        () => false,
      ),
    );
  }
});

test('publish that waits for a confirmation gives up when its signal is aborted', async () => {
  await stage.jsm.streams.add({ name: 'silent', subjects: ['silent'] });
  await using proxy = await FaultProxy.listen(server.port);
  const publisher = await stage.publisher({ subject: 'silent' }, { servers: proxy.address });
  proxy.lose('down');
  const cancel = new AbortController();
  const publishing = publisher.publish([message], cancel.signal);
  await proxy.seen('up');
  cancel.abort();
  await assert.rejects(publishing, { code: 'SLU3002', transient: true });
});

test('what is published to a JetStream trigger goes to its own subject, else to the only one that the trigger reads', async () => {
  await stage.jsm.streams.add({ name: 'many', subjects: ['many.>'] });
  await stage.jsm.streams.add({ name: 'one', subjects: ['one.a'] });
  const subjectsOf = async (stream: string): Promise<unknown> =>
    (await stage.jsm.streams.info(stream, { subjects_filter: '>' })).state.subjects;
  const all = await stage.source({ stream: 'many' });
  await all.publish(
    [
      { ...message, subject: 'many.b' },
      { ...message, subject: 'many.c' },
    ],
    forever,
  );
  await assert.rejects(all.publish([message], forever), { code: 'SLU3308' });
  await (await stage.source({ stream: 'many', filter: 'many.d' })).publish([message], forever);
  assert.deepEqual(await subjectsOf('many'), { 'many.b': 1, 'many.c': 1, 'many.d': 1 });
  await (await stage.source({ stream: 'one' })).publish([message], forever);
  assert.deepEqual(await subjectsOf('one'), { 'one.a': 1 });
});

test('what is published to a trigger of core NATS is sent to its subject', async () => {
  const trigger = await stage.trigger({ subject: 'plain' });
  await (await stage.source({ subject: 'plain' })).publish([message], forever);
  assert.equal((await take(trigger, 1)).length, 1);
});

test('what is put back stays within the subjects of its trigger, whatever its message says', async () => {
  await stage.jsm.streams.add({ name: 'stays', subjects: ['stays.>'] });
  const commands = ['$JS.API.STREAM.DELETE.stays', '$SYS.REQ.SERVER.PING', '$KV.bucket.key', '_INBOX.x'];
  const all = await stage.source({ stream: 'stays' });
  const some = await stage.source({ stream: 'stays', filter: ['stays.a.*', 'stays.b'] });
  const core = await stage.source({ subject: 'plain.>' });
  const widest = await stage.source({ subject: '>' });
  const heard: string[] = [];
  stage.nc.subscribe('>', { callback: (_error, { subject }) => void heard.push(subject) });
  for (const source of [all, some, core, widest]) {
    for (const subject of commands) {
      const headers = [['Nats-Subject', subject]] as const;
      await assert.rejects(source.publish([{ ...message, headers, subject }], forever), {
        code: 'SLU3308',
        transient: false,
      });
    }
  }
  await assert.rejects(some.publish([{ ...message, subject: 'stays.c' }], forever), /stays\.c/);
  await some.publish([{ ...message, subject: 'stays.a.x', headers: [['Nats-Subject', 'stays.c']] }], forever);
  await core.publish([{ ...message, subject: 'plain.x.y' }], forever);
  await until(async () => heard.includes('plain.x.y'));
  assert.deepEqual(
    heard.filter((subject) => commands.includes(subject)),
    [],
  );
  assert.equal(await countOf('stays'), 1);
});

test('a message brings no instruction to the server along', async () => {
  const instructions = `Nats-Msg-Id Nats-Expected-Stream Nats-Expected-Last-Sequence Nats-Expected-Last-Subject-Sequence
    Nats-Expected-Last-Subject-Sequence-Subject Nats-Expected-Last-Msg-Id Nats-Rollup Nats-TTL Nats-Schedule Nats-Schedule-Target
    Nats-Schedule-TTL Nats-Incr Nats-Batch-Id Nats-Batch-Sequence Nats-Batch-Commit Nats-Trace-Dest Nats-Trace-Only Nats-Marker-Reason
    Nats-Required-Api-Level nats-rollup NATS-ROLLUP KV-Operation`.split(/\s+/);
  await stage.jsm.streams.add({ name: 'ordered', subjects: ['ordered'], allow_rollup_hdrs: true });
  const publisher = await stage.publisher({ subject: 'ordered' });
  for (const name of instructions) {
    await publisher.publish(
      [
        {
          ...message,
          headers: [
            [name, 'all'],
            [` ${name}`, 'all'],
            ['x', `y\r\n${name}: all`],
          ],
        },
      ],
      forever,
    );
  }
  assert.equal(await countOf('ordered'), instructions.length);
  const stored = await stage.jsm.streams.getMessage('ordered', { seq: instructions.length });
  assert.deepEqual(
    [...(stored?.header ?? [])].map(([name]) => name),
    ['%20KV-Operation', 'x'],
  );
});

test('a message that its stream will never take is refused as that message alone', async () => {
  await stage.jsm.streams.add({ name: 'small', subjects: ['small'], max_msg_size: 1000 });
  await stage.jsm.streams.add({ name: 'tiny', subjects: ['tiny'], max_bytes: 2000, discard: 'new' });
  const data = Buffer.alloc(3000);
  const long: Header = ['long', 'x'.repeat(70_000)];
  for (const [subject, refused] of [
    ['small', { ...message, data }],
    ['small', { ...message, headers: [['long', 'x'.repeat(1000)]] as const }],
    ['listens', { ...message, headers: [long] }],
    ['tiny', { ...message, data }],
    ['listens', { ...message, data: Buffer.alloc(60_000), headers: [long] }],
  ] as const) {
    const publisher = await stage.publisher({ subject: subject === 'listens' ? 'nobody.listens' : subject });
    const wanted = { ofMessage: true, transient: false };
    await assert.rejects(publisher.publish([refused], forever), wanted, `${subject} ${refused.data.byteLength}`);
    await publisher.publish([message], forever);
  }
});

test('what a stream refuses whatever is sent to it is the fault of no message', async () => {
  await stage.jsm.streams.add({ name: 'sealed', subjects: ['sealed'] });
  await stage.jsm.streams.update('sealed', { sealed: true } as object); // the declarations leave it out
  const sealed = await stage.publisher({ subject: 'sealed' });
  await assert.rejects(sealed.publish([message], forever), { code: 'SLU3309', ofMessage: false, transient: false });
  await stage.jsm.streams.add({ name: 'fullest', subjects: ['fullest'], max_bytes: 2000, discard: 'new' });
  const full = await stage.publisher({ subject: 'fullest' });
  const most = { ...message, data: Buffer.alloc(1500) };
  await full.publish([most], forever);
  await assert.rejects(full.publish([most], forever), { code: 'SLU3309', ofMessage: false, transient: true });
  const other = await stage.publisher({ subject: 'fullest', stream: 'sealed' });
  await assert.rejects(other.publish([message], forever), { code: 'SLU3309', ofMessage: false, transient: false });
});

test('a server that takes no headers is at fault, not the message that has some', async () => {
  await using plain = await NatsServer.start({ jetstream: false, config: () => 'no_header_support: true' });
  const publisher = await stage.publisher({ subject: 'plain', mode: 'core' }, { servers: plain.address });
  await publisher.publish([message], forever);
  await assert.rejects(publisher.publish([{ ...message, headers: [['a', 'b']] }], forever), {
    code: 'SLU3309',
    ofMessage: false,
    message: /takes no headers/,
  });
});
