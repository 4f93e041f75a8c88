import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemsOf, put, textsOf } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';

const two = `
  [[trigger.queue]]
  name = "a"
  queue = "a"
  component = "choose"
  retry = { first = "300ms", max = "300ms" }
  [[trigger.queue]]
  name = "b"
  queue = "b"
  component = "choose"
  [output.out]
  queue = "out"`;

test('up --until-idle handles what is there, retries included, and ends; --only leaves other triggers alone', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml: two });
  await using state = app.openState();
  await put(state, 'a', 'echo 1', 'fail-until:2');
  await put(state, 'b', 'echo 2');
  const { code, stdout, stderr } = await app.run(['up', '--only', 'a', '--until-idle', '50ms']);
  assert.deepEqual([code, stdout], [0, '']);
  assert.deepEqual(textsOf(state, 'out'), ['echo 1', 'fail-until:2']);
  assert.deepEqual([textsOf(state, 'a'), textsOf(state, 'b')], [[], ['echo 2']]);
  assert.match(stderr, /2 handled, 0 running, 2 published, 1 retried/);
});

test('up --until-idle does not wait for what waits for a time of its own', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml: two });
  await app.run(['publish', 'a', 'echo later', '--after', '1h']);
  assert.equal((await app.run(['up', '--until-idle', '50ms'])).code, 0);
  await using state = app.openState();
  assert.deepEqual(
    itemsOf(state, 'a').map(({ place }) => place),
    ['waiting'],
  );
});

test('the banner tells each trigger with its state, where data lives, and where to look', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml: `server.listen = "127.0.0.1:0"\n${two}` });
  await using sluice = app.start(['up']);
  const [, url = ''] = await sluice.says(/server {3}(http:\/\/127\.0\.0\.1:\d+)\/livez/);
  assert.match(sluice.stderr, /^sluice \S+ {2}app {2}ready in \d+ ms$/m);
  assert.match(sluice.stderr, /^ {2}a {2}queue a -> choose {2}\[running\]$/m);
  assert.match(sluice.stderr, new RegExp(`^ {2}state {4}${app.dir}/.sluice/state.db$`, 'm'));
  const statusOf = async (path: string): Promise<number> => (await fetch(`${url}/${path}`)).status;
  assert.deepEqual([await statusOf('livez'), await statusOf('readyz'), await statusOf('metrics')], [200, 200, 200]);
  const triggers: unknown = await (await fetch(`${url}/triggers`)).json();
  assert.deepEqual(
    (triggers as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`),
    ['a running', 'b running'],
  ); // what /triggers serves
  sluice.kill('SIGINT');
  assert.equal((await sluice.ended()).code, 0);
});

test('two processes share a state file: each event is handled once', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml: two.replaceAll('queue = "b"', 'queue = "a"') });
  await using state = app.openState();
  const texts = Array.from({ length: 2000 }, (_, n) => `echo ${n}`);
  await using one = app.start(['up']);
  await using other = app.start(['up']);
  await Promise.all([one.says(/ready in/), other.says(/ready in/)]);
  for (let at = 0; at < texts.length; at += 100) await put(state, 'a', ...texts.slice(at, at + 100));
  while (textsOf(state, 'out').length < texts.length) await state.changed(1000, new AbortController().signal);
  for (const each of [one, other]) each.kill('SIGTERM');
  const codes = await Promise.all([one, other].map(async (each) => (await each.ended()).code));
  assert.deepEqual(codes, [0, 0]);
  assert.deepEqual(textsOf(state, 'out').toSorted(), texts.toSorted());
});

test('up refuses a manifest without triggers', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml: '' });
  const { code, stderr } = await app.run(['up']);
  assert.equal(code, 3);
  assert.match(stderr, /SLU1302: the manifest has no trigger/);
});

test('trigger asks for a run of a schedule now, by the process that is up or the next one', async () => {
  const cron = `
    [[trigger.cron]]
    name = "nightly"
    schedule = "@yearly"
    payload = "echo from the manifest"
    component = "choose"
    ${two}`;
  using app = await TemporaryApp.create({ guests: ['choose'], toml: cron });
  const asked = await app.run(['trigger', 'nightly', 'echo by hand']);
  assert.deepEqual([asked.code, asked.stderr], [0, 'run of nightly requested\n']);
  await app.run(['up', '--until-idle', '100ms']);
  await using state = app.openState();
  assert.deepEqual(textsOf(state, 'out'), ['echo by hand']);
  const refused = await app.run(['trigger', 'a']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /SLU1001: trigger 'a' is of type queue[^]*sluice publish a/);
});
