import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredMsg } from '@nats-io/jetstream';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { everySource, LAPSE_MS, type SourceSite } from '../semantics/every-source.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { Stage, until } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

/** A stream `NAME`, and the subjects `NAME-out` and `NAME-dead`, which no stream has at first. */
async function newSite(): Promise<SourceSite> {
  const name = `site-${randomUUID()}`;
  const make = async (stream: string): Promise<void> => {
    await stage.jsm.streams.add({ name: stream, subjects: [stream], storage: 'memory' });
  };
  const stored = async (stream: string): Promise<readonly StoredMsg[]> => {
    const { last_seq: last } = (await stage.jsm.streams.info(stream)).state;
    const messages = Array.from({ length: last }, (_, n) => stage.jsm.streams.getMessage(stream, { seq: n + 1 }));
    return (await Promise.all(messages)).filter((message) => message !== null);
  };
  await make(name);
  return {
    name,
    connection: `[connection.main]\ntype = "nats"\nservers = "${server.address}"`,
    trigger: `[[trigger.nats]]\nconnection = "main"\nstream = "${name}"\ndurable = "d"\nack_wait = "${LAPSE_MS}ms"`,
    out: `subject = "${name}-out"`,
    dead: `subject = "${name}-dead"`,
    publish: async (...texts) => {
      for (const text of texts) stage.nc.publish(name, text);
      await stage.nc.flush();
    },
    makeOut: () => make(`${name}-out`),
    makeDead: () => make(`${name}-dead`),
    outputs: async () => (await stored(`${name}-out`)).map((message) => message.string()),
    letters: async () =>
      (await stored(`${name}-dead`)).map((message) => ({
        text: message.string(),
        attempt: message.header.get('sluice-dead-attempt'),
      })),
    settled: async () => (await stage.jsm.consumers.info(name, 'd')).ack_floor.stream_seq,
  };
}

// They share the server, and each has streams of its own.
describe('JetStream as a source', { concurrency: 4 }, () => everySource('JetStream', newSite));

const long = process.env['SLUICE_LONG'] !== undefined;
const AWAY_MS = long ? 600_000 : 4000;

test(`a server that is away for ${AWAY_MS / 1000} s: no crash, no more memory, told of by the trigger and a metric, and it resumes by itself`, async (context) => {
  await using own = await NatsServer.start();
  await using there = await Stage.set(own.address);
  await there.jsm.streams.add({ name: 'away', subjects: ['away.>'] });
  using app = await TemporaryApp.create({
    guests: ['echo'],
    toml: `server.listen = "127.0.0.1:0"
[connection.main]
type = "nats"
servers = "${own.address}"
[[trigger.nats]]
name = "in"
connection = "main"
stream = "away"
durable = "d"
filter = "away.in"
component = "echo"
[output.out]
connection = "main"
subject = "away.out"`,
  });
  await using sluice = app.start(['up']);
  const [, base = ''] = await sluice.says(/server\s+(http:\S+?)\/livez/);
  const ask = async (path: string): Promise<{ status: number; body: string }> => {
    const answer = await fetch(`${base}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  const megabytes = async (): Promise<number> => {
    const status = await readFile(`/proc/${sluice.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  };
  const answered = async (): Promise<string | undefined> =>
    (await there.jsm.streams.getMessage('away', { last_by_subj: 'away.out' }).catch(() => undefined))?.string();
  await there.store('away.in', 'before');
  await until(async () => (await answered()) === 'before');
  assert.match((await ask('/metrics')).body, /^sluice_trigger_trouble\{.*"in"\} 0$/m);

  await own.kill();
  await until(async () => /^sluice_trigger_trouble\{.*"in"\} 1$/m.test((await ask('/metrics')).body));
  assert.match((await ask('/triggers')).body, /"reason":\s*"disconnected from/);
  const memory = [await megabytes()];
  for (const end = performance.now() + AWAY_MS; performance.now() < end; await sleep(AWAY_MS / 10)) {
    assert.deepEqual([(await ask('/readyz')).status, (await ask('/livez')).status], [200, 200]);
    memory.push(await megabytes());
  }
  assert.ok((memory.at(-1) ?? 0) < (memory[0] ?? 0) + 32, `${memory.map(Math.round).join(', ')} MiB`);

  await own.restart();
  await until(() =>
    there.nc.request('away.in', 'after', { timeout: 500 }).then(
      () => true,
      () => false,
    ),
  );
  await until(async () => (await answered()) === 'after');
  await until(async () => /^sluice_trigger_trouble\{.*"in"\} 0$/m.test((await ask('/metrics')).body));
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
  context.diagnostic(`resident memory while away: ${memory.map(Math.round).join(', ')} MiB`);
});
