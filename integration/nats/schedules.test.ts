import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Clock, StateFile, systemClock, type Trigger } from '#trigger';
import { openCron, slotOf } from '../../triggers/cron/testing/cron-rig.ts';
import { NatsServer } from '../brokers/nats.ts';
import { RunningApp } from '../semantics/running-app.ts';
import { acceptAll, ScheduleRig, textOf } from './schedule-rig.ts';
import { Stage, until } from './stage.ts';

const SECONDS = process.env['SLUICE_LONG'] === undefined ? 8 : 120;

function clockAhead(aheadMs: number): Clock {
  return { now: () => systemClock.now() + aheadMs, sleep: (ms, signal) => systemClock.sleep(ms, signal) };
}

interface Skewed extends AsyncDisposable {
  readonly server: NatsServer;
  readonly triggers: readonly Trigger[];
  /** The slots that were begun, by all replicas. */
  readonly slots: readonly string[];
  /** Begun before their time, by the clock of the one that began them. */
  readonly early: readonly string[];
  stop(): Promise<void>;
}

/** Replicas in this process whose clocks are `aheadMs` ahead; each has a state file and a connection of its own. A slot every second. */
async function startSkewed(...aheadMs: number[]): Promise<Skewed> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await NatsServer.start());
  const stage = stack.use(await Stage.set(server.address));
  const stop = new AbortController();
  const [slots, early]: [string[], string[]] = [[], []];
  const triggers: Trigger[] = [];
  for (const ahead of aheadMs) {
    const store = await stage.bucket({ bucket: 'replicas', create: {} });
    const state = stack.use(StateFile.open(':memory:'));
    const clock = clockAhead(ahead);
    triggers.push(stack.use(await openCron({ every: '1s', overlap: 'allow' }, { state, clock, store })));
  }
  const running = triggers.map((trigger, n) =>
    acceptAll(trigger, stop.signal, (delivery) => {
      slots.push(slotOf(delivery));
      if (systemClock.now() + (aheadMs[n] ?? 0) < Number(delivery.event.time / 1_000_000n))
        early.push(slotOf(delivery));
    }),
  );
  const opened = stack.move();
  return {
    server,
    triggers,
    slots,
    early,
    async stop() {
      stop.abort();
      await Promise.all(running);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

// Each has a server of its own, and mostly waits.
describe('a schedule with replicas that share a store on NATS', { concurrency: 6 }, () => {
  for (const replicas of [2, 3]) {
    test(`${replicas} processes with state files of their own run each slot once`, async (context) => {
      await using rig = await ScheduleRig.setUp({ guest: 'counts', trigger: 'every = "1s"\npayload = "shared"' });
      const processes = await Promise.all(Array.from({ length: replicas }, () => rig.start()));
      await until(async () => (await rig.answers()).length >= SECONDS, SECONDS * 5000);
      for (const sluice of processes) sluice.kill('SIGTERM');
      for (const sluice of processes) assert.equal((await sluice.ended()).code, 0);
      const answers = await rig.answers();
      assert.equal(textOf(await rig.store.get('count')), String(answers.length), 'as many runs as slots');
      context.diagnostic(`${answers.length} slots`);
    });
  }

  test('replicas whose clocks are 5 s apart run each slot once, and none early', async () => {
    await using skewed = await startSkewed(0, 5000, -2000);
    await until(() => skewed.slots.length >= SECONDS, SECONDS * 5000);
    await skewed.stop();
    const { slots, early } = skewed;
    assert.equal(new Set(slots).size, slots.length);
    assert.deepEqual(early, []);
  });

  test('a process that is killed in mid-slot: another finishes the slot within the lease + 1 s', async (context) => {
    const LEASE_MS = 5000;
    await using rig = await ScheduleRig.setUp({
      guest: 'wakes',
      trigger: `schedule = "@yearly"\nlease = "${LEASE_MS}ms"\npayload = "3000 attempt"`,
    });
    const processes = [await rig.start(), await rig.start(), await rig.start()];
    await rig.fire();
    const killed = await rig.holder();
    processes.find(({ pid }) => pid === killed)?.kill('SIGKILL');
    const killedAt = performance.now();
    const heir = await rig.holder(killed);
    const tookMs = performance.now() - killedAt;
    assert.ok(processes.some(({ pid }) => pid === heir));
    assert.ok(tookMs <= LEASE_MS + 1000, `${tookMs} ms`);
    await until(async () => (await rig.answers()).length === 1);
    assert.deepEqual(await rig.answers(), ['2']);
    context.diagnostic(`taken over after ${Math.round(tookMs)} ms, with a lease of ${LEASE_MS} ms`);
  });

  test('a process that was suspended in mid-slot is fenced when it wakes up, and then does its part again', async () => {
    await using rig = await ScheduleRig.setUp({
      guest: 'wakes',
      trigger: 'schedule = "@yearly"\nlease = "3s"\npayload = "2000 attempt"',
    });
    const processes = [await rig.start(), await rig.start()];
    await rig.fire();
    const holder = await rig.holder();
    const stale = processes.find(({ pid }) => pid === holder);
    stale?.kill('SIGSTOP');
    await until(async () => (await rig.answers()).length === 1);
    stale?.kill('SIGCONT');
    await stale?.says(/job@manual-[^ ]+ had passed to another process/);
    assert.deepEqual(await rig.answers(), ['2']);
    processes.find(({ pid }) => pid !== holder)?.kill('SIGKILL');
    await rig.fire();
    await until(async () => (await rig.answers()).length === 2);
    assert.deepEqual(await rig.answers(), ['2', '1']);
  });

  test('a store that is away at the start holds up only who needs it, and is opened when it is there', async () => {
    await using server = await NatsServer.prepare({});
    await using app = await RunningApp.open(
      {
        guests: ['counts', 'choose'],
        toml: `component.counts.allow = { keyvalue = ["shared"] }
[connection.main]
type = "nats"
servers = "${server.address}"
[store.shared]
connection = "main"
bucket = "replicas"
create = {}
[[trigger.cron]]
name = "job"
component = "counts"
every = "1s"
payload = "shared"
store = "shared"
[[trigger.queue]]
name = "near"
queue = "in"
component = "choose"
[output.out]
type = "queue"
queue = "out"`,
      },
      'echo near',
    );
    await app.until(() => app.out.length === 1);
    const { state, reason = '' } = await app.status('job');
    assert.equal(state, 'opening');
    assert.match(reason, /can't be reached/);
    await server.restart();
    await app.until(() => app.out.length === 3);
    assert.deepEqual(app.out, ['echo near', '1', '2']);
  });

  test('while the server is away no slot runs twice, the triggers say so, and they go on by themselves', async () => {
    await using skewed = await startSkewed(0, 5000);
    const { server, triggers, slots } = skewed;
    await until(() => slots.length >= 3);
    await server.kill();
    await until(() => triggers.every((trigger) => trigger.trouble?.()?.startsWith('the store is away') === true));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const before = slots.length;
    await server.restart();
    await until(() => slots.length > before + 3);
    // One may have found the server again before the other.
    await until(() => triggers.every((trigger) => trigger.trouble?.() === undefined));
    await skewed.stop();
    assert.equal(new Set(slots).size, slots.length);
  });
});
