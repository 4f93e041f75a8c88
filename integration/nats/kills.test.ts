import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../seeded-random.ts';
import { KillRig } from './kill-rig.ts';
import { until } from './stage.ts';

const KILLS = process.env['SLUICE_LONG'] === undefined ? 10 : 200;
const SEED = Number(process.env['SLUICE_SEED'] ?? 1);

test(`nothing is lost by ${KILLS} SIGKILLs of Sluice under JetStream load with retries and dead letters (SLUICE_SEED=${SEED})`, async (context) => {
  const random = seededRandom(SEED);
  await using rig = await KillRig.setUp(random);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await using sluice = rig.start();
    await sluice.says(/running/);
    await rig.publish(200);
    await sleep(random() * 500);
    sluice.kill('SIGKILL');
    await sluice.ended();
  }
  await using last = rig.start();
  await last.says(/running/);
  const surplus = await rig.finish();
  context.diagnostic(`${rig.published} events, ${KILLS} kills: ${surplus}`);
  last.kill('SIGTERM');
  assert.equal((await last.ended()).code, 0);
});

test('nothing is lost by SIGKILLs of the nats-server under load', async (context) => {
  const random = seededRandom(SEED);
  await using rig = await KillRig.setUp(random);
  await using sluice = rig.start();
  await sluice.says(/running/);
  for (let kill = 0; kill < 5; kill += 1) {
    await rig.publish(200);
    await sleep(random() * 300);
    await rig.server.kill();
    await rig.server.restart();
    await until(() =>
      rig.stage.nc.rtt().then(
        () => true,
        () => false,
      ),
    );
  }
  const surplus = await rig.finish();
  context.diagnostic(`${rig.published} events, 5 kills of the server: ${surplus}`);
});

for (const replicas of [2, 3]) {
  test(`${replicas} replicas share a durable; one is killed, and the others finish its events within ack_wait`, async (context) => {
    await using rig = await KillRig.setUp(seededRandom(SEED));
    await using stack = new AsyncDisposableStack();
    const processes = Array.from({ length: replicas }, () => stack.use(rig.start()));
    await Promise.all(processes.map((sluice) => sluice.says(/running/)));
    await rig.publish(2000);
    await until(async () => (await rig.done()) > 200);
    processes[0]?.kill('SIGKILL');
    const surplus = await rig.finish();
    context.diagnostic(`${rig.published} events: ${surplus}`);
  });
}
