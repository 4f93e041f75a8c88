import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredMsg } from '@nats-io/jetstream';
import { NatsServer } from '../brokers/nats.ts';
import { FaultProxy } from '../brokers/proxy.ts';
import { forFile } from '../for-file.ts';
import { Stage, until } from '../nats/stage.ts';
import { ContractApp } from './contract-app.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));
await stage.jsm.streams.add({ name: 'events', subjects: ['events.>'], storage: 'memory', max_msg_size: 10_000 });

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

/** The component's grant, and the outputs. */
const granting = (publish: string): string => `allow.publish = ${publish}
[connection.main]
type = "nats"
servers = "${server.address}"
[connection.nobody]
type = "nats"
servers = "127.0.0.1:1"
[output.events]
connection = "main"
subject = "events.none"
[output.notes]
connection = "main"
subject = "notes.none"
mode = "core"
[output.lost]
connection = "nobody"
subject = "lost"
[output.jobs]
type = "queue"
queue = "jobs"`;

const GRANT = `{ events = ["events.*", "unstored"], notes = ["notes.>"], lost = ["lost"], jobs = ["work/new"] }`;

async function storedSince(first: number): Promise<readonly StoredMsg[]> {
  const { last_seq: last } = (await stage.jsm.streams.info('events')).state;
  const numbers = Array.from({ length: last - first }, (_, n) => first + n + 1);
  const messages = await Promise.all(numbers.map((seq) => stage.jsm.streams.getMessage('events', { seq })));
  return messages.filter((message) => message !== null);
}

const countOf = async (): Promise<number> => (await stage.jsm.streams.info('events')).state.last_seq;

for (const host of ['thread', 'process'] as const) {
  test(`publishing while a call runs, on the host ${host}`, async (t) => {
    await using app = await ContractApp.open({ publisher: granting(GRANT) }, host);
    const done = async (trigger: string, lines: readonly string[], traced = false): Promise<readonly string[]> => {
      const before = app.seen('publisher').length;
      const settled = await app.settledNow(trigger);
      const headers = traced ? ([['traceparent', `00-${TRACE_ID}-b7ad6b7169203331-01`]] as const) : [];
      await app.put(trigger, [lines.join('\n')], headers);
      await app.settled(trigger, settled + 1);
      return app.seen('publisher').slice(before);
    };

    await t.test(
      'wasi:messaging publishes to a granted output, with headers, hops and the trace of the event',
      async () => {
        const before = await countOf();
        const said = await done(
          'publisher',
          ['send events events.a one', 'send - events.b two', 'send jobs work/new three'],
          true,
        );
        assert.deepEqual([said, app.letters('publisher')], [['send ok', 'send ok', 'send ok'], {}]);
        const stored = await storedSince(before);
        assert.deepEqual(
          stored.map((message) => [
            message.subject,
            message.string(),
            message.header.get('kind'),
            message.header.get('sluice-hops'),
            message.header.get('traceparent').split('-')[1],
          ]),
          [
            ['events.a', 'one', 'told', '1', TRACE_ID],
            ['events.b', 'two', 'told', '1', TRACE_ID],
          ],
        );
        assert.ok(app.stored('jobs').includes('three'));
      },
    );

    await t.test('wasmcloud:messaging publishes to the output that is granted for the subject', async () => {
      const heard: string[] = [];
      const subscription = stage.nc.subscribe('notes.>', {
        callback: (_, message) => void heard.push(`${message.subject} ${message.string()}`),
      });
      await stage.nc.flush();
      const before = await countOf();
      assert.deepEqual(
        await done('publisher', ['publish events.c one', 'publish notes.x.y two', 'publish work/new three']),
        ['publish ok', 'publish ok', 'publish ok'],
      );
      const [message, ...others] = await storedSince(before);
      assert.deepEqual([message?.subject, message?.string(), others], ['events.c', 'one', []]);
      await until(() => heard.length > 0);
      assert.deepEqual(heard, ['notes.x.y two']);
      assert.equal(app.stored('jobs').filter((text) => text === 'three').length, 2);
      subscription.unsubscribe();
    });

    await t.test('what the manifest does not grant is denied by the interface, and the log names it', async () => {
      const before = await countOf();
      const said = await done('publisher', [
        'send other events.a x',
        'send events events.a.b x',
        'send jobs events.a x',
        'send events $JS.API.STREAM.DELETE.events x',
        'send notes $SYS.REQ.SERVER.PING x',
        'send events events.* x',
        'publish elsewhere x',
        'late events events.a x',
        'reply events.a x',
        'request events.a x',
      ]);
      const denied = (what: string): string => `a publish was denied: allow.publish has no ${what}`;
      assert.deepEqual(said, [
        `connect permission-denied ${denied("output 'other'")}`,
        `send permission-denied ${denied("topic 'events.a.b' for output 'events'")}`,
        `send permission-denied ${denied("topic 'events.a' for output 'jobs'")}`,
        `send permission-denied ${denied("topic '$JS.API.STREAM.DELETE.events' for output 'events'")}`,
        `send permission-denied ${denied("topic '$SYS.REQ.SERVER.PING' for output 'notes'")}`,
        `send permission-denied ${denied("topic 'events.*' for output 'events'")}`,
        `publish error ${denied("topic 'elsewhere'")}`,
        'send connection the client is disconnected',
        'publish error Sluice passes no reply-to on: publish the message without one',
        'request error Sluice does not wait for replies: publish the message instead',
      ]);
      assert.equal(await countOf(), before);
      assert.ok(app.says(denied("topic 'elsewhere'")));
    });

    await t.test(
      'an output that is away, and one that refuses a message, are told apart, without an address',
      async () => {
        const said = await done('publisher', [
          'send lost lost x',
          'send lost lost x',
          'send events unstored x',
          'bytes events.d 20000',
        ]);
        assert.match(said[0] ?? '', /^send connection SLU330\d: output 'lost' is away$/);
        assert.equal(said[1], said[0]);
        assert.match(said[2] ?? '', /^send connection SLU3309: output 'events' is away$/);
        assert.match(said[3] ?? '', /^publish error SLU\d+: output 'events': /);
        assert.ok(app.says("a component could not publish to output 'lost'"));
      },
    );

    await t.test('one call publishes no more than limits.output_size, and the next may again', async () => {
      const before = await countOf();
      const flood = ['bytes work/new 8388000', 'publish work/new more', 'flood events.f 100'];
      for (let time = 0; time < 2; time++) {
        assert.deepEqual(await done('publisher', flood), [
          'publish ok',
          'publish error what one call publishes is larger than limits.output_size (8388608 bytes)',
          'flood 0 error what one call publishes is larger than limits.output_size (8388608 bytes)',
        ]);
      }
      assert.equal(await countOf(), before);
    });

    await t.test(
      'what was published stays when the call fails, traps or is ended, and the next attempt publishes again',
      async () => {
        const before = await countOf();
        await done('publisher', ['publish events.g failed', 'fail']);
        await done('publisher', ['publish events.g trapped', 'trap']);
        await done('publisher-spin', ['publish events.g ended', 'spin']);
        const texts = (await storedSince(before)).map((message) => message.string());
        assert.deepEqual(texts, ['failed', 'failed', 'trapped', 'trapped', 'ended']);
      },
    );
  });
}

test('a publish that is never confirmed ends with its call, and others of its thread publish meanwhile', async () => {
  await using proxy = await FaultProxy.listen(server.port);
  const slow = `[connection.slow]\ntype = "nats"\nservers = "${proxy.address}"\n[output.slow]\nconnection = "slow"\nsubject = "slow"\nmode = "core"`;
  const keys = `${granting('{ slow = ["slow"], jobs = ["jobs"] }')}\n${slow}`;
  await using app = await ContractApp.open({ publisher: keys }, 'thread');
  const lost = proxy.seen('up');
  proxy.lose('up');
  await app.put('publisher', ['publish slow x']);
  await lost;
  // It waits for its deadline, in the only thread.
  await app.put('publisher', ['publish jobs meanwhile']);
  await app.settled('publisher', 1);
  assert.deepEqual(app.seen('publisher'), ['publish ok']);
  assert.deepEqual(app.stored('jobs'), ['meanwhile']);
  await app.put('publisher-spin', ['publish slow y']);
  await app.settled('publisher-spin', 1);
  assert.deepEqual(app.letters('publisher-spin'), { 'publish slow y': 'timed-out: ended at its deadline of 300 ms' });
});

test('a component without a grant publishes nothing, and never waits for it', async () => {
  await using app = await ContractApp.open({ publisher: granting('{}') }, 'thread');
  const before = await countOf();
  await app.put('publisher', ['send events events.a x\nsend - events.a x\npublish events.a x\nrequest events.a x']);
  await app.settled('publisher', 1);
  const denied = (what: string): string => `a publish was denied: allow.publish has no ${what}`;
  assert.deepEqual(app.seen('publisher'), [
    `connect permission-denied ${denied("output 'events'")}`,
    `connect permission-denied ${denied("output ''")}`,
    `publish error ${denied("topic 'events.a'")}`,
    'request error Sluice does not wait for replies: publish the message instead',
  ]);
  assert.equal(await countOf(), before);
});

for (const host of ['thread', 'process'] as const) {
  test(`fermyon:spin/redis and mqtt publish to the output that their address names, on the host ${host}`, async () => {
    const grant = `{ events = ["spin.*", "events/x"], jobs = ["jobs"] }`;
    await stage.jsm.streams.add({ name: `spin-${host}`, subjects: [`spin.${host}`], storage: 'memory' });
    await using app = await ContractApp.open({ 'spin-publisher': granting(grant) }, host);
    const lines = [
      `first events spin.${host} one`,
      'first elsewhere spin.a x',
      `redis redis://events:6379 spin.${host} two`,
      'redis redis://127.0.0.1:6379 spin.a x',
      'redis events other x',
      'mqtt mqtt://jobs:1883?client_id=a jobs three',
      'mqtt lost lost x',
    ];
    const seen: string[] = [];
    for (const [n, line] of lines.entries()) {
      await app.put('spin-publisher', [line]);
      await app.settled('spin-publisher', n + 1);
      seen.push(...app.seen('spin-publisher').slice(seen.length));
    }
    assert.deepEqual(app.letters('spin-publisher'), {});
    const get = 'Sluice is no client of Redis: it serves publish alone, and key-value stores by allow.keyvalue';
    const denied = (what: string): string => `error 3 a publish was denied: allow.publish has no ${what}`;
    assert.deepEqual(seen, [
      'first publish ok',
      'first get error 1',
      'first publish error 1',
      'first get error 1',
      'redis open ok',
      'redis publish ok',
      `redis get error 3 ${get}`,
      `redis open ${denied("output 'redis://127.0.0.1:6379'")}`,
      'redis open ok',
      `redis publish ${denied("topic 'other' for output 'events'")}`,
      `redis get error 3 ${get}`,
      'mqtt open ok',
      'mqtt publish ok',
      `mqtt open ${denied("output 'lost'")}`,
    ]);
    const texts = [1, 2].map(async (seq) => (await stage.jsm.streams.getMessage(`spin-${host}`, { seq }))?.string());
    assert.deepEqual([...(await Promise.all(texts)), ...app.stored('jobs')], ['one', 'two', 'three']);
  });
}
