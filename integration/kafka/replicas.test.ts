import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { KafkaServer } from '../brokers/kafka.ts';
import { seededRandom } from '../seeded-random.ts';
import { until } from '../until.ts';
import { KillRig, summaryOf } from './kill-rig.ts';
import { finish } from './kill-runs.ts';
import { Stage } from './stage.ts';

const EVENTS = 2000;

const skip =
  process.env['SLUICE_LONG'] === undefined && 'groups.test.ts has it in short; whole processes: SLUICE_LONG=1';

test(
  "replicas share the partitions of a group; one after the other is killed, and its share is the others'",
  { skip },
  async (context) => {
    await using server = await KafkaServer.borrow();
    await using stage = await Stage.set(server);
    using rig = await KillRig.setUp(stage, seededRandom(1));
    await using stack = new AsyncDisposableStack();
    const running = Array.from({ length: 3 }, () => stack.use(rig.start()));
    const shared = (...shares: number[]): Promise<void> =>
      until(async () => isDeepStrictEqual(await rig.shares(), shares));
    await shared(1, 1, 2);
    for (const shares of [[2, 2], [4]]) {
      const before = await rig.written();
      await rig.publish(EVENTS);
      await until(async () => (await rig.written()) > before + EVENTS / 10);
      const killedAt = performance.now();
      running.pop()?.kill('SIGKILL');
      await shared(...shares);
      const ms = Math.round(performance.now() - killedAt);
      context.diagnostic(
        `${shares.length} left: taken over within ${ms} ms, with ${await rig.left()} events left to do`,
      );
    }
    const aftermath = await finish(rig, ...running);
    context.diagnostic(summaryOf(aftermath));
    assert.deepEqual(aftermath.lost, []);
  },
);
