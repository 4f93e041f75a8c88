import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { isGone, processMark, systemClock } from '#trigger';
import { jobContext, openCron, sharedStateFile, takeOne } from '../../triggers/cron/testing/cron-rig.ts';
import { requestRun } from '../../triggers/cron/run-request.ts';
import { SimulatedTime } from '../../triggers/cron/testing/simulated-time.ts';

/** A process of its own that takes one slot of `job` from the state file in its arguments, says so, and holds it. */
const holder = `
  import { isGone, processMark, StateFile, systemClock } from '#trigger';
  import { never, openCron } from './triggers/cron/testing/cron-rig.ts';
  const state = StateFile.open(process.argv[1]);
  const owners = { self: processMark, gone: isGone };
  const trigger = await openCron({ schedule: '@yearly' }, { state, clock: systemClock, owners });
  const [delivery] = await trigger.take(1, never);
  console.log(delivery.event.id);
`;

test('a process that is killed in mid-slot: the next one on this machine finishes the slot at once', async () => {
  await using stack = new AsyncDisposableStack();
  const state = sharedStateFile(stack)();
  const id = await requestRun(jobContext({ state, clock: systemClock }));
  const child = spawn(process.execPath, ['--input-type=module', '--eval', holder, state.path], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [taken] = await once(child.stdout, 'data');
  assert.equal(String(taken).trim(), id);
  child.kill('SIGKILL');
  await once(child, 'exit');

  const time = new SimulatedTime(new Date().toISOString());
  const start = time.now;
  const owners = { self: processMark, gone: isGone };
  await using trigger = await openCron({ schedule: '@yearly' }, { state, clock: time.clock(), owners });
  const { event, attempt } = await takeOne(trigger, time);
  assert.deepEqual([event.id, attempt, time.now], [id, 2, start]);
});
