import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { RunningApp } from '../semantics/running-app.ts';
import { until } from '../until.ts';
import { groupTrigger } from './group-trigger.ts';
import { Recorder } from './recorder.ts';
import { numbers, SESSION_MS, Stage } from './stage.ts';

const AWAY_MS = process.env['SLUICE_LONG'] === undefined ? 2000 : 600_000;
const RECORDS = 1600;
const PERMITS = 16;

await buildGuest('echo'); // compiling would hold up a member
const server = await forFile(KafkaServer.start({ listeners: ['proxied'] }));
const stage = await forFile(Stage.set(server));

const outages = [
  { what: 'its broker is killed and started again', begin: () => server.kill(), end: () => server.restart() },
  {
    what: 'its broker hangs for longer than the session',
    begin: () => server.freeze(),
    end: async () => {
      await sleep(2 * SESSION_MS);
      await server.thaw();
    },
  },
  {
    what: `its broker is away for ${AWAY_MS / 1000} s`,
    begin: async () => server.proxy.refuse(),
    end: async () => {
      await sleep(AWAY_MS);
      server.proxy.heal();
    },
  },
];

for (const { what, begin, end } of outages) {
  test(`a trigger under load loses nothing when ${what}: it says so, holds no more than before, and goes on by itself`, async (context) => {
    const topic = await server.freshTopic({ partitions: 4 });
    const load = async (part: number): Promise<void> => {
      for (const partition of [0, 1, 2, 3]) {
        await stage.store(
          topic,
          numbers(RECORDS / 8).map((n) => `${part} ${partition} ${n}`),
          partition,
        );
      }
    };
    const recorder = new Recorder(() => 2);
    const handled = (): number => new Set(recorder.texts).size;
    await load(0);
    await using app = await RunningApp.open({
      guests: ['echo'],
      adapters: [recorder.adapter],
      toml: `${groupTrigger(server.address('proxied'), topic)}
        component = "echo"
        concurrency = ${PERMITS}
        session_timeout = "${SESSION_MS}ms"
        heartbeat = "200ms"
        commit_every = "20ms"
        [output.out]
        type = "recorder"`,
    });
    await app.until(() => handled() > 100);
    await begin();
    let most = 0;
    await app.until(async () => {
      const { state, reason, held } = await app.status();
      most = Math.max(most, held);
      return state === 'opening' || reason !== undefined;
    });
    assert.ok(app.metrics.some((line) => /^sluice_trigger_trouble\{.*\} 1$/.test(line)));
    const heapBefore = process.memoryUsage().heapUsed;
    await end();
    const grown = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;
    await until(
      () =>
        load(1).then(
          () => true,
          () => false,
        ),
      60_000,
    );
    await until(() => handled() === RECORDS, 60_000);
    const { state, restarts } = await app.status();
    assert.deepEqual([state, most <= PERMITS], ['running', true]);
    const repeated = recorder.texts.length - RECORDS;
    context.diagnostic(`${repeated} repeated, ${restarts} restarts, ${grown.toFixed(1)} MiB of heap more`);
  });
}
