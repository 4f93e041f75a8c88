import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Delivery } from '#trigger';
import { KafkaServer } from '../brokers/kafka.ts';
import { accept, comesWithin, take, textOf } from '../deliveries.ts';
import { seededRandom } from '../seeded-random.ts';
import { RunningApp } from '../semantics/running-app.ts';
import { until } from '../until.ts';
import { Recorder } from './recorder.ts';
import { numbers, Stage } from './stage.ts';

const isLong = Boolean(process.env['SLUICE_LONG']);
const SEED = Number(process.env['SLUICE_SEED'] ?? 1);

let server: KafkaServer;
let stage: Stage;
before(async () => {
  server = await KafkaServer.start();
  stage = await Stage.set(server);
});
after(async () => {
  await stage[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const poisoned = [
  { order: 'key', blocks: 'only its key', goesOn: ['b 1', 'without', 'b 2'], waits: ['poison', 'a 1', 'a 2'] },
  { order: 'partition', blocks: 'its partition', goesOn: [], waits: ['poison', 'b 1', 'a 1', 'without', 'b 2', 'a 2'] },
  { order: 'none', blocks: 'nothing', goesOn: ['b 1', 'a 1', 'without', 'b 2', 'a 2'], waits: ['poison'] },
] as const;

for (const { order, blocks, goesOn, waits } of poisoned) {
  test(`with order = "${order}" a poisoned record blocks ${blocks}, until it is given up on`, async () => {
    const topic = await server.freshTopic({ partitions: 2 });
    await stage.store(topic, ['a=poison', 'b=b 1', 'a=a 1', 'without', 'b=b 2', 'a=a 2']);
    const trigger = await stage.trigger({ topic, order });
    const [poison, ...behind] = await take(trigger, 6);
    // As the dispatcher does with what it holds behind a record of the same lane.
    const released = behind.filter(({ lane }) => lane !== undefined && lane === poison.lane);
    await poison.settle({ kind: 'retry', afterMs: 1000, reason: 'failed' });
    await Promise.all(released.map((delivery) => delivery.settle({ kind: 'release' })));
    const others = behind.filter((delivery) => !released.includes(delivery));
    assert.deepEqual(others.map(textOf), goesOn);
    await accept(...others);
    await stage.store(topic, ['a=elsewhere'], 1);
    const elsewhere = await take(trigger, 1);
    assert.deepEqual(elsewhere.map(textOf), ['elsewhere'], 'another partition goes on in any case');
    await accept(...elsewhere);
    assert.deepEqual(await comesWithin(trigger, 300), []);
    const again = await take(trigger, waits.length);
    assert.deepEqual(again.map(textOf), waits);
    assert.deepEqual(again[0].attempt, 2);
    await again[0].settle({ kind: 'drop', reason: 'given up' });
    await accept(...again.slice(1));
    await until(async () => (await stage.committed(topic)) === 6);
  });
}

test('a slow key takes few of the permits: records behind it go on', async () => {
  const topic = await server.freshTopic();
  await stage.store(topic, [...numbers(500).map((n) => `slow=${n}`), ...numbers(100).map((n) => `key${n}=quick`)]);
  const trigger = await stage.trigger({ topic });
  const slow: Delivery[] = [];
  for (let quick = 0; quick < 100;) {
    const deliveries = await trigger.take(64 - slow.length, AbortSignal.timeout(20_000));
    assert.ok(deliveries.length > 0, `only ${quick} records came beside ${slow.length} of the slow key`);
    const others = deliveries.filter((delivery) => textOf(delivery) === 'quick');
    slow.push(...deliveries.filter((delivery) => !others.includes(delivery)));
    quick += others.length;
    await accept(...others);
  }
  await accept(...slow);
  const rest: string[] = [];
  while (slow.length + rest.length < 500) {
    const deliveries = await take(trigger, 1);
    rest.push(...deliveries.map(textOf));
    await accept(...deliveries);
  }
  assert.deepEqual([...slow.map(textOf), ...rest], numbers(500));
});

const RECORDS = isLong ? 1_000_000 : 50_000;
const KEYS = 200;

test(`${RECORDS} records keep the order of their keys over random handler times, retries and rebalances (SLUICE_SEED=${SEED})`, async (context) => {
  const random = seededRandom(SEED);
  const topic = await server.freshTopic({ partitions: 4 });
  const sequences = new Map<string, number>();
  const publish = async (count: number): Promise<void> => {
    const texts: string[][] = [[], [], [], []];
    for (let n = 0; n < count; n += 1) {
      const at = Math.floor(random() * KEYS);
      const sequence = sequences.get(`k${at}`) ?? 0;
      sequences.set(`k${at}`, sequence + 1);
      const word = random() < 0.02 ? 'fail-until:2' : 'echo';
      texts[at % 4]?.push(`k${at}=${word} k${at} ${sequence}`);
    }
    for (const [partition, ofIt] of texts.entries()) await stage.store(topic, ofIt, partition);
  };
  const recorder = new Recorder(() => (random() < 0.1 ? random() * 20 : 0));
  const open = (): Promise<RunningApp> =>
    RunningApp.open({
      guests: ['choose'],
      adapters: [recorder.adapter],
      toml: `
        [connection.main]
        type = "kafka"
        brokers = "${server.bootstrap}"
        [[trigger.kafka]]
        connection = "main"
        topic = "${topic}"
        group = "ordered"
        component = "choose"
        retry = { first = "5ms", max = "20ms" }
        [output.out]
        type = "recorder"`,
    });
  for (let left = RECORDS; left > 0; left -= 10_000) await publish(Math.min(left, 10_000));
  const reaches = (share: number): Promise<void> =>
    until(() => recorder.texts.length >= share * RECORDS, isLong ? 600_000 : 60_000);

  await using first = await open();
  await reaches(0.1);
  const second = await open();
  await reaches(0.4);
  await second[Symbol.asyncDispose]();
  await reaches(0.6);
  await using third = await open();
  const lag = async (): Promise<number> => {
    const committed = await stage.peer.client.committed('ordered', [topic]);
    return RECORDS - committed.reduce((sum, { offset }) => sum + offset, 0);
  };
  await until(async () => (await lag()) === 0, isLong ? 600_000 : 60_000);

  const next = new Map<string, number>();
  let [inversions, repeated] = [0, 0];
  for (const text of recorder.texts) {
    const [, key = '', sequence] = text.split(' ');
    const wanted = next.get(key) ?? 0;
    if (Number(sequence) > wanted) inversions += 1;
    else if (Number(sequence) < wanted) repeated += 1;
    else next.set(key, wanted + 1);
  }
  const states = await Promise.all([first.status(), third.status()]);
  const retried = states.reduce((sum, { retried: own }) => sum + own, 0);
  context.diagnostic(`${inversions} inversions; ${repeated} repeated; ${retried} retried by those that are left`);
  assert.equal(inversions, 0);
  assert.deepEqual(next, sequences, 'nothing was lost');
  assert.ok(retried > 0);
});
