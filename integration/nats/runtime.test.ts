import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredMsg } from '@nats-io/jetstream';
import { NatsServer } from '../brokers/nats.ts';
import { FaultProxy } from '../brokers/proxy.ts';
import { forFile } from '../for-file.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { rawHeaders } from './raw-headers.ts';
import { Stage, take, until } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

const connection = (address: string): string => `[connection.main]\ntype = "nats"\nservers = "${address}"`;

/** Streams NAME.in and NAME.out. */
async function streams(name: string): Promise<void> {
  await stage.jsm.streams.add({ name, subjects: [`${name}.in.>`] });
  await stage.jsm.streams.add({ name: `${name}-out`, subjects: [`${name}.out`] });
}

async function storedIn(stream: string): Promise<StoredMsg[]> {
  const { state } = await stage.jsm.streams.info(stream);
  const stored: StoredMsg[] = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
    const message = await stage.jsm.streams.getMessage(stream, { seq });
    if (message !== null) stored.push(message);
  }
  return stored;
}

async function textsIn(stream: string): Promise<string[]> {
  return (await storedIn(stream)).map((message) => message.string());
}

async function pendingOf(stream: string, durable: string): Promise<number> {
  const { num_pending, num_ack_pending } = await stage.jsm.consumers.info(stream, durable);
  return num_pending + num_ack_pending;
}

test('sluice up: JetStream in, a component, JetStream out; retried events come once, with their attempts', async () => {
  await streams('flow');
  using app = await TemporaryApp.create({
    guests: ['choose'],
    toml: `${connection(server.address)}
[[trigger.nats]]
connection = "main"
stream = "flow"
durable = "d"
component = "choose"
retry = { attempts = 5, first = "10ms", max = "50ms" }
[output.out]
connection = "main"
subject = "flow.out"`,
  });
  const texts = Array.from({ length: 200 }, (_, n) => (n % 10 === 0 ? `fail-until:3 ${n}` : `echo ${n}`));
  for (const text of texts) await stage.store('flow.in.a', text);
  await using sluice = app.start(['up']);
  await until(async () => (await textsIn('flow-out')).length >= 200, 60_000);
  await until(async () => (await pendingOf('flow', 'd')) === 0);
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
  assert.deepEqual(new Set(await textsIn('flow-out')), new Set(texts));
  assert.equal((await textsIn('flow-out')).length, 200);
});

test('sluice up: an event that is given up on is a dead letter with its error, attempt and source, and can be replayed', async () => {
  await streams('dead');
  await stage.jsm.streams.add({ name: 'dead-letters', subjects: ['dead.letters'] });
  const toml = (deadLetter: string): string => `${connection(server.address)}
[[trigger.nats]]
name = "dead"
connection = "main"
stream = "dead"
durable = "d"
component = "choose"
retry = { attempts = 2, first = "10ms", max = "10ms" }
dead_letter = "${deadLetter}"
[output.letters]
connection = "main"
subject = "dead.letters"`;
  {
    using app = await TemporaryApp.create({ guests: ['choose'], toml: toml('letters') });
    const trace = rawHeaders([['traceparent', `00-${TRACE_ID}-b7ad6b7169203331-01`]]);
    await stage.nc.request('dead.in.x', 'fail', { timeout: 5000, headers: trace });
    assert.equal((await app.run(['up', '--until-idle', '500ms', '--trace', 'console'])).code, 0);
    const [letter] = await storedIn('dead-letters');
    assert.equal(letter?.string(), 'fail');
    const headers = Object.fromEntries([...(letter?.header ?? [])].map(([name, [value]]) => [name, value]));
    assert.equal(headers['sluice-dead-attempt'], '2');
    assert.equal(headers['sluice-dead-source'], 'nats:dead');
    assert.equal(headers['sluice-dead-subject'], 'dead.in.x');
    assert.match(headers['sluice-dead-id'] ?? '', /^dead:1:\d+$/);
    assert.match(headers['sluice-dead-reason'] ?? '', /^asked to fail \(attempt 2 of 2\)/);
    assert.equal(headers['sluice-dead-trace'], TRACE_ID);
  }
  using app = await TemporaryApp.create({ guests: ['choose'], toml: toml('store') });
  await stage.store('dead.in.y', 'reject');
  assert.equal((await app.run(['up', '--until-idle', '500ms'])).code, 0);
  assert.equal(await pendingOf('dead', 'd'), 0);
  const replayed = await app.run(['dead', 'replay', '--trigger', 'dead']);
  assert.equal(replayed.code, 0, replayed.stderr);
  const last = (await storedIn('dead')).at(-1);
  assert.deepEqual([last?.subject, last?.string()], ['dead.in.y', 'reject']);
  assert.equal(await pendingOf('dead', 'd'), 1);
});

test('sluice up: a request to core NATS is answered by the component, or with its error', async () => {
  using app = await TemporaryApp.create({
    guests: ['replies'],
    toml: `${connection(server.address)}
[[trigger.nats]]
connection = "main"
subject = "ask.*"
queue = "q"
component = "replies"`,
  });
  await using sluice = app.start(['up']);
  await sluice.says(/running/);
  assert.equal((await stage.nc.request('ask.me', 'why?', { timeout: 5000 })).string(), 'why?');
  const refused = await stage.nc.request('ask.me', '', { timeout: 5000 });
  assert.equal(refused.headers?.get('Nats-Service-Error-Code'), '500');
  assert.match(refused.headers?.get('Nats-Service-Error') ?? '', /no question/);
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
});

test('sluice up: SIGTERM under load exits 0, gives back at once what was not started, and charges no attempt', async () => {
  await streams('term');
  using app = await TemporaryApp.create({
    guests: ['sleeps'],
    toml: `${connection(server.address)}
[[trigger.nats]]
connection = "main"
stream = "term"
durable = "d"
component = "sleeps"
concurrency = 8
ack_wait = "30s"`,
  });
  for (let n = 0; n < 200; n += 1) stage.nc.publish('term.in.a', '100');
  await stage.nc.flush();
  await using sluice = app.start(['up']);
  await until(async () => {
    const info = await stage.jsm.consumers.info('term', 'd').catch(() => undefined);
    return info !== undefined && info.ack_floor.stream_seq > 0;
  }, 60_000);
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
  const { num_pending, num_ack_pending } = await stage.jsm.consumers.info('term', 'd');
  const left = num_pending + num_ack_pending;
  assert.ok(left > 0, 'it was under load');
  // All at once, well before ack_wait; and as first attempts, for whoever has the same state file.
  await using state = app.openState();
  const trigger = await stage.trigger({ stream: 'term', durable: 'd', window: 400 }, { state });
  const attempts = (await take(trigger, left, 10_000)).map(({ attempt }) => attempt);
  assert.deepEqual(new Set(attempts), new Set([1]));
  await trigger[Symbol.asyncDispose]();
});

test('sluice up: a broker that goes away crashes nothing and is reported, and events flow again when it is back', async () => {
  await using own = await NatsServer.start();
  await using there = await Stage.set(own.address);
  await there.jsm.streams.add({ name: 'away', subjects: ['away.>'] });
  await using proxy = await FaultProxy.listen(own.port);
  using app = await TemporaryApp.create({
    guests: ['echo'],
    toml: `${connection(proxy.address)}
[[trigger.nats]]
connection = "main"
stream = "away"
durable = "d"
component = "echo"
filter = "away.in"
[output.out]
connection = "main"
subject = "away.out"`,
  });
  await using sluice = app.start(['up']);
  await sluice.says(/running/);
  const flows = async (text: string): Promise<void> => {
    await until(() =>
      there.store('away.in', text).then(
        () => true,
        () => false,
      ),
    );
    await until(
      async () =>
        (await there.jsm.streams.getMessage('away', { last_by_subj: 'away.out' }).catch(() => undefined))?.string() ===
        text,
      60_000,
    );
  };
  await flows('before');
  proxy.refuse();
  await sluice.says(/connection to NATS lost/);
  proxy.heal();
  await flows('after');
  await own.kill();
  await own.restart();
  await flows('after a crash of the server');
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
});
