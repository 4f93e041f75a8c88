import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBatch, EventBatchWriter } from '../wire/event-batch.ts';
import { monotonicMs } from '../wire/monotonic.ts';
import { RunningMark } from '../wire/running-mark.ts';
import { Chains } from './chains.ts';
import { Occupancy } from './instance.ts';
import { Arrival, type Run } from './run.ts';
import { Deadlines, Turns } from './turns.ts';

/** Runs of events whose calls are numbered from 1. */
function runsOf(count: number, timeoutMs = 60_000): Run[] {
  const writer = new EventBatchWriter(new ArrayBuffer(0), count);
  const event = { id: '', source: '', subject: '', time: 0n, headers: [], data: new Uint8Array() };
  for (let number = 1; number <= count; number++) {
    writer.add({ event, attempt: 1, extraHeaders: [] }, { number, timeoutMs, alone: false });
  }
  const { runs } = new Chains(true).runsOf(new Arrival(new EventBatch(writer.finish(0))), false);
  for (const run of runs) run.start(monotonicMs());
  return [...runs];
}

function occupiedBy(run: Run | undefined): Occupancy {
  const occupancy = new Occupancy();
  occupancy.run = run;
  return occupancy;
}

function turnsWith(deadlines = new Deadlines()): { turns: Turns; marked: () => number | undefined } {
  const mark = new RunningMark(RunningMark.memory());
  return { turns: new Turns(mark, deadlines), marked: () => mark.read(monotonicMs())?.first };
}

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

test('Turns name each guest while it is resumed, though all waited for the same', async () => {
  const { turns, marked } = turnsWith();
  const shared = later();
  const seen = await Promise.all(
    runsOf(3).map(async (run) => {
      await turns.resumed(occupiedBy(run), shared);
      const during = [marked()];
      // What a guest does when it is resumed takes microtasks.
      for (let n = 0; n < 5; n++) {
        await Promise.resolve();
        during.push(marked());
      }
      return during;
    }),
  );
  assert.deepEqual(
    seen,
    [1, 2, 3].map((first) => Array.from({ length: 6 }, () => first)),
  );
  await later();
  assert.equal(marked(), undefined);
});

test('Turns name the guest that is resumed by a failure', async () => {
  const { turns, marked } = turnsWith();
  const [run] = runsOf(1);
  await assert.rejects(turns.resumed(occupiedBy(run), Promise.reject(new Error('no'))), /no/);
  assert.equal(marked(), 1);
});

test('Turns name nobody when no call runs on the instance', async () => {
  const { turns, marked } = turnsWith();
  await turns.resumed(occupiedBy(undefined), later());
  assert.equal(marked(), undefined);
});

test('Turns never resume the guest of an instance that was discarded', async () => {
  const { turns } = turnsWith();
  const occupancy = occupiedBy(runsOf(1)[0]);
  let resumed = false;
  void turns.resumed(occupancy, later()).then(() => (resumed = true));
  occupancy.discard();
  await later();
  await later();
  await later();
  assert.equal(resumed, false);
});

test('Turns do not count the time of a guest that held the thread against the others', async () => {
  const deadlines = new Deadlines();
  const { turns } = turnsWith(deadlines);
  const [holder, other] = runsOf(2);
  for (const run of [holder!, other!]) deadlines.add(run, () => assert.fail('a call expired'));
  const before = [holder!.deadlineMs, other!.deadlineMs];
  await turns.resumed(occupiedBy(holder), Promise.resolve());
  for (const until = monotonicMs() + 30; monotonicMs() < until;);
  await later();
  assert.equal(holder!.deadlineMs, before[0]);
  assert.ok(other!.deadlineMs >= before[1]! + 30, `moved by ${other!.deadlineMs - before[1]!} ms`);
  for (const run of [holder!, other!]) deadlines.delete(run);
});

test('Deadlines expire calls that are past theirs, and no others', async () => {
  const deadlines = new Deadlines();
  const [soon] = runsOf(1, 5);
  const [never] = runsOf(1);
  deadlines.add(never!, () => assert.fail('it has a minute'));
  await new Promise<void>((resolve) => deadlines.add(soon!, resolve));
  assert.ok(monotonicMs() >= soon!.deadlineMs);
  deadlines.delete(soon!);
  deadlines.delete(never!);
});
