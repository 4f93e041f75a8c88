import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '#trigger';
import { DeadLetterStore } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { rawHeaders } from './raw-headers.ts';
import { Stage } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

/** Streams NAME (subjects NAME.in.>) and NAME-dead (NAME.dead); a trigger on the first whose component rejects what it is told to. */
async function appOf(name: string, deadLetter: 'store' | 'letters', keys = ''): Promise<TemporaryApp> {
  await stage.jsm.streams.add({ name, subjects: [`${name}.in.>`] });
  await stage.jsm.streams.add({ name: `${name}-dead`, subjects: [`${name}.dead`], allow_rollup_hdrs: true });
  return TemporaryApp.create({
    guests: ['choose'],
    toml: `[connection.main]
type = "nats"
servers = "${server.address}"
[[trigger.nats]]
name = "${name}"
connection = "main"
stream = "${name}"
component = "choose"
retry = { attempts = 1 }
dead_letter = "${deadLetter}"
${keys}
[output.letters]
connection = "main"
subject = "${name}.dead"`,
  });
}

async function send(subject: string, text: string, headers: readonly Header[] = []): Promise<void> {
  await stage.nc.request(subject, text, {
    timeout: 5000,
    ...(headers.length === 0 ? {} : { headers: rawHeaders(headers) }),
  });
}

async function handleAll(app: TemporaryApp): Promise<void> {
  const { code, stderr } = await app.run(['up', '--until-idle', '300ms']);
  assert.equal(code, 0, stderr);
}

async function countOf(stream: string): Promise<number> {
  return (await stage.jsm.streams.info(stream)).state.messages;
}

const cloud: readonly Header[] = [
  ['ce-specversion', '1.0'],
  ['ce-id', 'same'],
  ['ce-source', '/same'],
  ['ce-type', 't'],
  ['ce-time', '2026-01-01T00:00:00Z'],
];

test('two CloudEvents with equal id, source and time in one stream leave two dead letters in the store', async () => {
  using app = await appOf('twice', 'store');
  await send('twice.in.a', 'reject 1', cloud);
  await send('twice.in.a', 'reject 2', cloud);
  await handleAll(app);
  await using state = app.openState();
  const letters = new DeadLetterStore(state, () => 0).list(10);
  assert.deepEqual(letters.map(({ event }) => Buffer.from(event.data).toString()).toSorted(), ['reject 1', 'reject 2']);
  assert.deepEqual(new Set(letters.map(({ event }) => event.id)), new Set(['same']));
});

test('two CloudEvents with equal id, source and time leave two dead letters in a stream that drops duplicates', async () => {
  using app = await appOf('twice-out', 'letters');
  await send('twice-out.in.a', 'reject 1', cloud);
  await send('twice-out.in.a', 'reject 2', cloud);
  await handleAll(app);
  assert.equal(await countOf('twice-out-dead'), 2);
});

test('dead replay goes back to the subject that the message came on, whatever headers its sender wrote', async () => {
  using app = await appOf('replayed', 'store');
  await stage.jsm.streams.add({ name: 'victim', subjects: ['victim'] });
  const forged: Header[] = [
    ['Nats-Subject', '$JS.API.STREAM.DELETE.victim'],
    ['sluice-subject', '$JS.API.STREAM.DELETE.victim'],
    ['sluice-dead-place', '$JS.API.STREAM.DELETE.victim'],
  ];
  await send('replayed.in.plain', 'reject 1', forged);
  await send('replayed.in.cloud', 'reject 2', [...cloud, ['ce-subject', '$JS.API.STREAM.DELETE.victim'], ...forged]);
  await send('replayed.in.republished', 'reject 3', [
    ['Nats-Subject', 'orders.elsewhere'],
    ['Nats-Stream', 'OTHER'],
  ]);
  await handleAll(app);
  const replayed = await app.run(['dead', 'replay', '--all']);
  assert.equal(replayed.code, 0, replayed.stderr);
  assert.match(replayed.stderr, /replayed 3/);
  const { state } = await stage.jsm.streams.info('replayed', { subjects_filter: '>' });
  assert.deepEqual(state.subjects, { 'replayed.in.plain': 2, 'replayed.in.cloud': 2, 'replayed.in.republished': 2 });
  assert.equal(await countOf('victim'), 0, 'the other stream is there');
});

test('dead replay escapes what a sender chose in what it tells of a refusal', async () => {
  using app = await appOf('escaped', 'store');
  await send('escaped.in.\u009b31m\u202e', 'reject 1');
  await handleAll(app);
  await stage.jsm.streams.update('escaped', { subjects: ['escaped.in.a', 'escaped.in.c'] });
  const { stderr } = await app.run(['dead', 'replay', '--all']);
  assert.match(stderr, /dead letter \d+ stays: .*escaped\.in\.\\u009b31m\\u202e/);
  assert.doesNotMatch(stderr, /[\u009b\u202e]/);
});

test('dead replay of a letter that cannot go back keeps that one, tells of it, and replays the others', async () => {
  using app = await appOf('moved', 'store');
  await send('moved.in.a', 'reject 1');
  await send('moved.in.b', 'reject 2');
  await send('moved.in.c', 'reject 3');
  await handleAll(app);
  await stage.jsm.streams.update('moved', { subjects: ['moved.in.a', 'moved.in.c'] });
  const { code, stderr } = await app.run(['dead', 'replay', '--all']);
  assert.notEqual(code, 0);
  assert.match(stderr, /replayed 2/);
  assert.match(stderr, /dead letter \d+ stays: .*'moved\.in\.b'/);
  assert.match(stderr, /SLU3308/);
  await using state = app.openState();
  const left = new DeadLetterStore(state, () => 0).list(10);
  assert.deepEqual(
    left.map(({ place }) => place),
    ['moved.in.b'],
  );
});

test('a dead letter in a stream brings no instruction of its sender along, and tells of itself what Sluice knows', async () => {
  using app = await appOf('forged', 'letters');
  await stage.jsm.streams.update('forged', { allow_rollup_hdrs: true });
  await send('forged.in.a', 'reject 1');
  await handleAll(app);
  await send('forged.in.a', 'reject 2', [
    ['Nats-Rollup', 'all'],
    ['Nats-Msg-Id', 'mine'],
    ['KV-Operation', 'PURGE'],
    ['Sluice-Dead-Place', 'elsewhere'],
    ['sluice-dead-position', 'elsewhere'],
    ['kept', 'as sent'],
  ]);
  await handleAll(app);
  assert.equal(await countOf('forged-dead'), 2, 'the first letter is still there');
  const letter = await stage.jsm.streams.getMessage('forged-dead', { seq: 2 });
  const headers = [...(letter?.header ?? [])];
  assert.deepEqual(
    headers.filter(([name]) => /^(?:nats-|kv-)/i.test(name)).map(([name]) => name),
    ['Nats-Msg-Id'],
  );
  const valuesOf = (wanted: string): unknown =>
    headers.filter(([name]) => name.toLowerCase() === wanted).flatMap(([, values]) => values);
  assert.deepEqual(valuesOf('kept'), ['as sent']);
  assert.deepEqual(valuesOf('sluice-dead-place'), ['forged.in.a']);
  assert.match(String(valuesOf('sluice-dead-position')), /^forged\/\w+\/2\/\d+$/);
});

test('a dead letter that its stream will never take is kept in the local store, and its trigger goes on', async () => {
  using app = await appOf('large', 'letters');
  await stage.jsm.streams.update('large-dead', { max_msg_size: 2000 });
  await send('large.in.a', `reject ${'x'.repeat(3000)}`);
  await send('large.in.b', 'reject 2', [['long', 'x'.repeat(64_500)]]);
  await send('large.in.c', 'reject 3');
  await handleAll(app);
  const letter = await stage.jsm.streams.getMessage('large-dead', { seq: 1 });
  assert.equal(letter?.string(), 'reject 3');
  await using state = app.openState();
  const kept = new DeadLetterStore(state, () => 0).list(10);
  assert.deepEqual(kept.map(({ place = '' }) => place).toSorted(), ['large.in.a', 'large.in.b']);
});
