import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempDisposableSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { test } from 'node:test';
import type { Message } from '#trigger';
import { KafkaServer } from '../brokers/kafka.ts';
import { sluice, SluiceProcess } from '../sluice-process.ts';
import { until } from '../until.ts';
import { KafkaPeer } from './kafka-peer.ts';

const root = join(import.meta.dirname, '..', '..');

test('examples/kafka does what its README says: priced in order, billed, dead letters in a topic and in the store', async () => {
  await using server = await KafkaServer.borrow();
  const topics = ['orders', 'orders-priced', 'orders-dead', 'bills'];
  await Promise.all(topics.map((topic) => server.makeTopic(topic, { partitions: 3 })));
  await using peer = await KafkaPeer.connect(server.bootstrap);
  // A copy, below the root: its builds resolve their modules there, and leave nothing in the example.
  mkdirSync(join(root, '.cache'), { recursive: true });
  using folder = mkdtempDisposableSync(join(root, '.cache', 'example-'));
  cpSync(join(root, 'examples', 'kafka'), folder.path, {
    recursive: true,
    preserveTimestamps: true,
    filter: (from) => basename(from) !== '.sluice',
  });
  const cwd = folder.path;
  const env = {
    KAFKA_BROKER: server.bootstrap,
    PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  };
  const up = async (limit: string): Promise<SluiceProcess> => {
    const running = new SluiceProcess(['up'], { cwd, env: { ...env, LIMIT: limit } });
    await running.says(/(?:\[running\][^[]*){2}/);
    return running;
  };
  const texts = async (topic: string): Promise<string[]> =>
    (await peer.read(topic)).map(({ key = [], data }) => `${textOf(key)}: ${textOf(data)}`);

  await using first = await up('100000');
  await peer.send('orders', [
    order('alice', 'teapot', 1),
    order('alice', 'tea', 2),
    order('alice', 'coffee', 1),
    order('alice', 'teapot', 100),
    order('carol', 'tea', 1),
  ]);
  await first.says(/gave up on an event.*\n(?:.*\n)*.*gave up on an event/);
  await until(async () => (await texts('bills')).length === 3);
  // All orders were in one partition, and what alice ordered comes out as she ordered it, though the first took a second attempt.
  assert.deepEqual(
    (await texts('orders-priced')).filter((text) => text.startsWith('alice')),
    [
      'alice: {"customer":"alice","item":"teapot","quantity":1,"total":2450}',
      'alice: {"customer":"alice","item":"tea","quantity":2,"total":900}',
      'alice: {"customer":"alice","item":"teapot","quantity":100,"total":245000}',
    ],
  );
  const bills = [
    'alice: {"customer":"alice","due":2450}',
    'alice: {"customer":"alice","due":900}',
    'carol: {"customer":"carol","due":450}',
  ];
  assert.deepEqual((await texts('bills')).toSorted(), bills.toSorted());

  const [letter, ...others] = await peer.read('orders-dead');
  assert.deepEqual(others, []);
  assert.equal(textOf(letter?.data ?? []), '{"item":"coffee","quantity":1}');
  const headers = new Map(letter?.headers);
  assert.equal(headers.get('sluice-dead-reason'), 'nobody sells coffee');
  assert.match(headers.get('sluice-dead-id') ?? '', /^orders\/0\/2\/\d+$/);

  const { stdout } = await sluice(['dead', 'list'], { cwd, env });
  assert.match(stdout, /^1 .* priced .* rejected: a bill of 245000 cents is more than 100000\n$/);
  first.kill('SIGTERM');
  assert.equal((await first.ended()).code, 0);

  const replaying = sluice(['dead', 'replay', '1'], { cwd, env });
  await using second = await up('1000000');
  assert.equal((await replaying).code, 0);
  await until(async () => (await texts('bills')).length > bills.length);
  assert.deepEqual(
    (await texts('bills')).toSorted(),
    [...bills, 'alice: {"customer":"alice","due":245000}'].toSorted(),
  );
  second.kill('SIGTERM');
  assert.equal((await second.ended()).code, 0);
});

function textOf(bytes: Iterable<number>): string {
  return Buffer.from([...bytes]).toString();
}

function order(customer: string, item: string, quantity: number): Message {
  return { key: Buffer.from(customer), headers: [], data: Buffer.from(JSON.stringify({ item, quantity })) };
}
