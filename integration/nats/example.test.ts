import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempDisposableSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { NatsServer } from '../brokers/nats.ts';
import { SluiceProcess } from '../sluice-process.ts';
import { Stage, until } from './stage.ts';

const root = join(import.meta.dirname, '..', '..');

test('examples/nats does what its README says, with two replicas that have state files of their own', async () => {
  await using server = await NatsServer.start();
  await using stage = await Stage.set(server.address);
  // A copy, below the root: its builds resolve their modules there, and leave nothing in the example.
  mkdirSync(join(root, '.cache'), { recursive: true });
  using folder = mkdtempDisposableSync(join(root, '.cache', 'example-'));
  cpSync(join(root, 'examples', 'nats'), folder.path, { recursive: true, preserveTimestamps: true });
  const env = {
    NATS_URL: `nats://${server.address}`,
    PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  };
  const start = async (state: string): Promise<SluiceProcess> => {
    const sluice = new SluiceProcess(['up'], { cwd: folder.path, env: { ...env, STATE: `.sluice/${state}.db` } });
    await sluice.says(/(?:\[running\][^[]*){3}/);
    return sluice;
  };
  await using first = await start('first');
  await using second = await start('second');

  const priced: string[] = [];
  stage.nc.subscribe('orders.priced', { callback: (_error, msg) => void priced.push(msg.string()) });
  for (const item of ['tea', 'teapot', 'coffee']) {
    stage.nc.publish('orders.created', JSON.stringify({ item, quantity: 2 }));
  }
  await until(() => priced.length === 2);
  assert.deepEqual(
    new Set(priced),
    new Set(['{"item":"tea","quantity":2,"total":900}', '{"item":"teapot","quantity":2,"total":4900}']),
  );
  const letter = await stage.jsm.streams.getMessage('DEAD', { seq: 1 });
  assert.equal(letter?.header.get('sluice-dead-reason'), 'nobody sells coffee');

  const ask = (item: string) => stage.nc.request('quote.get', JSON.stringify({ item, quantity: 3 }), { timeout: 5000 });
  assert.equal((await ask('tea')).string(), '{"item":"tea","quantity":3,"total":1350}');
  assert.equal((await ask('coffee')).headers?.get('Nats-Service-Error'), 'nobody sells coffee');

  const slots = (): string[] =>
    [first, second].flatMap(({ stderr }) => stderr.match(/report@[^ ]+: 2 orders priced/g) ?? []);
  await until(() => slots().length >= 2, 40_000);
  assert.equal(new Set(slots()).size, slots().length, 'each slot ran once');
  // Whichever is left goes on.
  first.kill('SIGKILL');
  await first.ended();
  const soFar = second.stderr.length;
  await until(() => second.stderr.slice(soFar).includes(': 2 orders priced'), 40_000);
  second.kill('SIGTERM');
  assert.equal((await second.ended()).code, 0);
});
