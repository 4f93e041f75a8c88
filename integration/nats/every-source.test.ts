import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { OtlpCollector } from '../../src/telemetry/testing/otlp-collector.ts';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { RunningApp } from '../semantics/running-app.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { Stage, until } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

/** An app that reads the stream NAME, to which a component `choose` is to say `to:out`; `keys` are more of the trigger's. */
function manifest(name: string, keys: string, more = ''): string {
  return `component.choose.limits = { timeout = "500ms", memory = "16MiB" }
[connection.main]
type = "nats"
servers = "${server.address}"
[[trigger.nats]]
name = "in"
connection = "main"
stream = "${name}"
durable = "d"
component = "choose"
${keys}
[output.out]
connection = "main"
subject = "${name}-out"
[output.dead]
connection = "main"
subject = "${name}-dead"
${more}`;
}

async function stream(name: string, ...subjects: string[]): Promise<void> {
  await stage.jsm.streams.add({ name, subjects, storage: 'memory' });
}

async function textsIn(name: string): Promise<string[]> {
  const { last_seq: last } = (await stage.jsm.streams.info(name)).state;
  const stored = Array.from({ length: last }, (_, n) => stage.jsm.streams.getMessage(name, { seq: n + 1 }));
  return (await Promise.all(stored)).flatMap((message) => (message === null ? [] : [message.string()]));
}

const durable = (name: string) => stage.jsm.consumers.info(name, 'd');

// They share the server, and each has streams of its own.
describe('JetStream as a source', { concurrency: 4 }, () => {
  test('an event is settled only after its output was confirmed, and is not delivered again meanwhile', async () => {
    await stream('confirmed', 'confirmed');
    await using app = await RunningApp.open({
      guests: ['choose'],
      toml: manifest('confirmed', 'ack_wait = "1s"'),
    });
    await stage.store('confirmed', 'echo 1');
    await app.until(async () => (await app.status()).reason?.includes('confirmed-out') === true);
    await sleep(2000);
    const { num_ack_pending: held, num_redelivered: again, ack_floor: floor } = await durable('confirmed');
    assert.deepEqual([held, again, floor.stream_seq], [1, 0, 0]);
    await stream('confirmed-out', 'confirmed-out');
    await app.settled(1);
    assert.equal((await durable('confirmed')).ack_floor.stream_seq, 1);
    assert.deepEqual(await textsIn('confirmed-out'), ['echo 1']);
  });

  test('while a dead letter can not be written nothing is settled, and the trigger and a metric say so', async () => {
    await stream('unwritable', 'unwritable');
    await using app = await RunningApp.open({
      guests: ['choose'],
      toml: manifest('unwritable', 'ack_wait = "1s"\ndead_letter = "dead"'),
    });
    const trouble = (): boolean => app.metrics.includes('sluice_trigger_trouble{sluice_trigger="in"} 1');
    assert.equal(trouble(), false);
    await stage.store('unwritable', 'reject');
    await app.until(async () => (await app.status()).reason?.includes('dead-letter') === true);
    assert.equal(trouble(), true);
    assert.equal((await durable('unwritable')).num_ack_pending, 1);
    await stream('unwritable-dead', 'unwritable-dead');
    await app.settled(1);
    assert.equal((await durable('unwritable')).num_ack_pending, 0);
    assert.deepEqual([await textsIn('unwritable-dead'), trouble()], [['reject'], false]);
  });

  test('a trap, a timeout, a full memory and nonsense each cost one attempt of their event, and others in the batch none', async () => {
    await stream('faults', 'faults');
    await stream('faults-out', 'faults-out', 'faults-dead');
    const faults = ['trap', 'spin', 'grow', 'nonsense'];
    const toml = manifest('faults', 'dead_letter = "dead"\nretry = { attempts = 2, first = "10ms", max = "20ms" }');
    for (const text of faults) {
      stage.nc.publish('faults', text);
      for (let n = 0; n < 10; n += 1) stage.nc.publish('faults', `attempt ${text} ${n}`);
    }
    await stage.nc.flush();
    await using app = await RunningApp.open({ guests: ['choose'], toml });
    await app.settled(44);
    const texts = await textsIn('faults-out');
    const wanted = faults.flatMap((text) => Array.from({ length: 10 }, (_, n) => `1 ${text} ${n}`));
    assert.deepEqual(texts.filter((text) => !faults.includes(text)).toSorted(), wanted.toSorted());
    const letters = [];
    for (const seq of texts.keys()) {
      const message = await stage.jsm.streams.getMessage('faults-out', { seq: seq + 1 });
      if (message?.subject === 'faults-dead')
        letters.push(`${message.string()} ${message.header.get('sluice-dead-attempt')}`);
    }
    assert.deepEqual(letters.toSorted(), faults.map((text) => `${text} 2`).toSorted());
    assert.ok(app.metrics.some((line) => /^sluice_drops_total\{.*reason="dead-lettered".*\} 4$/.test(line)));
  });

  test('a trigger whose events all spin holds up no other trigger', async () => {
    await stream('spinning', 'spinning');
    await stream('brisk', 'brisk');
    await stream('spinning-out', 'spinning-out', 'brisk-out');
    const other = `[[trigger.nats]]
name = "brisk"
connection = "main"
stream = "brisk"
durable = "d"
component = "echo"`;
    for (let n = 0; n < 50; n += 1) stage.nc.publish('spinning', 'spin');
    for (let n = 0; n < 100; n += 1) stage.nc.publish('brisk', String(n));
    await stage.nc.flush();
    await using app = await RunningApp.open({ guests: ['choose', 'echo'], toml: manifest('spinning', '', other) });
    await app.until(async () => (await app.status('brisk')).accepted === 100);
    assert.equal((await app.status('in')).accepted, 0);
  });

  test('retries are counted by one policy: the redelivery of JetStream adds none, though retries wait longer than ack_wait', async () => {
    await stream('counted', 'counted');
    await stream('counted-dead', 'counted-dead');
    const retry = 'retry = { attempts = 3, first = "3s", max = "3s" }';
    const toml = manifest('counted', `ack_wait = "1s"\ndead_letter = "dead"\n${retry}`);
    await using app = await RunningApp.open({ guests: ['choose'], toml });
    await stage.store('counted', 'fail');
    await app.settled(1);
    assert.equal((await app.status()).taken, 3);
    assert.equal((await durable('counted')).delivered.consumer_seq, 3);
    assert.deepEqual(await textsIn('counted-dead'), ['fail']);
  });

  test('the number of an attempt is told to the component, on the span and in the dead letter', async () => {
    await stream('told', 'told');
    await stream('told-out', 'told-out', 'told-dead');
    const retry = 'retry = { attempts = 2, first = "1ms", max = "5ms" }';
    using app = await TemporaryApp.create({
      guests: ['choose'],
      toml: manifest('told', `dead_letter = "dead"\n${retry}`),
    });
    await stage.store('told', 'attempt', 'fail');
    await using collector = await OtlpCollector.open();
    const off = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...off };
    assert.equal((await app.run(['up', '--until-idle', '300ms'], { env })).code, 0);
    assert.deepEqual((await textsIn('told-out')).toSorted(), ['1', 'fail']);
    const spans = collector.spans.filter(({ name }) => name === 'process told');
    const told = spans.map(({ attributes }) => [attributes['sluice.outcome'], attributes['sluice.attempt']].join(' '));
    assert.deepEqual(told.toSorted(), ['completed 1', 'failed 1', 'failed 2']);
    const letter = await stage.jsm.streams.getMessage('told-out', { last_by_subj: 'told-dead' });
    assert.equal(letter?.header.get('sluice-dead-attempt'), '2');
  });
});

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
