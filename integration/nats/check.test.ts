import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { Stage } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

await stage.jsm.streams.add({ name: 'odd', subjects: ['odd.*', 'more.>'] });

/** Streams (buckets are streams) with their configurations, and their consumers with theirs. */
async function everything(): Promise<unknown> {
  const found: unknown[] = [];
  for await (const { config } of stage.jsm.streams.list()) {
    const consumers: unknown[] = [];
    for await (const consumer of stage.jsm.consumers.list(config.name)) consumers.push(consumer.config);
    found.push({ config, consumers });
  }
  return found;
}

async function check(toml: string): Promise<{ code: number | null; text: string }> {
  using app = await TemporaryApp.create({
    guests: ['choose'],
    toml: `[connection.main]\ntype = "nats"\nservers = "${server.address}"\n${toml}`,
  });
  const { code, stdout, stderr } = await app.run(['check', '--connect']);
  return { code, text: stdout + stderr };
}

const trigger = (keys: string): string => `[[trigger.nats]]\nconnection = "main"\ncomponent = "choose"\n${keys}\n`;

test('check --connect makes and changes nothing at the broker', async () => {
  await stage.jsm.consumers.add('odd', { durable_name: 'there', ack_policy: 'explicit', filter_subject: 'odd.a' });
  const before = await everything();
  const { code, text } = await check(`
${trigger('name = "made"\nstream = "MADE"\ncreate = { subjects = ["made.>"] }')}
${trigger('name = "new"\nstream = "odd"')}
${trigger('name = "changed"\nstream = "odd"\ndurable = "there"\nupdate = true\nack_wait = "77s"\ncreate = { subjects = ["odd.*", "more.>", "yet"] }')}
${trigger('name = "core"\nsubject = "ask"\nqueue = "q"')}
[output.out]
connection = "main"
subject = "out.a"
stream = "OUT"
create = { subjects = ["out.>"] }
[store.shared]
connection = "main"
bucket = "shop"
create = { replicas = 1 }`);
  assert.equal(code, 0, text);
  assert.deepEqual(await everything(), before);
});

test('a durable that cannot be served is refused at the start, by check --connect too, and says why', async () => {
  const explicit = { ack_policy: 'explicit' } as const;
  await stage.jsm.consumers.add('odd', { durable_name: 'bodiless', ...explicit, headers_only: true });
  await stage.jsm.consumers.add('odd', {
    durable_name: 'pinned',
    ...explicit,
    priority_policy: 'pinned_client',
    priority_groups: ['g'],
  });
  await stage.jsm.consumers.add('odd', {
    durable_name: 'overflow',
    ...explicit,
    priority_policy: 'overflow',
    priority_groups: ['g'],
  });
  await stage.jsm.consumers.add('odd', {
    durable_name: 'paused',
    ...explicit,
    pause_until: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await stage.jsm.consumers.add('odd', { durable_name: 'all', ack_policy: 'all' });
  const wrong: Readonly<Record<string, readonly [keys: string, reason: RegExp]>> = {
    bodiless: ['', /headers without data/],
    pinned: ['', /priority group \(pinned_client: g\)/],
    overflow: ['', /priority group \(overflow: g\)/],
    paused: ['', /paused until .*nats consumer resume odd paused/s],
    all: ['', /ack policy 'all'/],
    outside: [
      'filter = ["odd.a", "elsewhere.*"]',
      /no message can match the filter 'elsewhere\.\*'.*odd\.\*, more\.>/s,
    ],
  };
  const toml = Object.entries(wrong).map(([durable, [keys]]) =>
    trigger(`name = "${durable}"\nstream = "odd"\n${keys}`),
  );
  const { code, text } = await check(toml.join('\n'));
  assert.notEqual(code, 0);
  for (const [durable, [, reason]] of Object.entries(wrong)) {
    assert.match(text, reason);
    const filter = durable === 'outside' ? { filter: ['odd.a', 'elsewhere.*'] } : {};
    const opening = stage.trigger({ stream: 'odd', durable, ...filter });
    await assert.rejects(opening, { code: 'SLU3305', transient: durable === 'paused' }, durable);
  }
});

test('a paused durable is served when somebody resumes it', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await stage.jsm.consumers.add('odd', { durable_name: 'later', ack_policy: 'explicit', pause_until: until });
  await assert.rejects(stage.trigger({ stream: 'odd', durable: 'later' }), { code: 'SLU3305', transient: true });
  await stage.jsm.consumers.resume('odd', 'later');
  await stage.trigger({ stream: 'odd', durable: 'later' });
});
