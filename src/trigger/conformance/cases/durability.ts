import assert from 'node:assert/strict';
import type { Delivery } from '../../../delivery.ts';
import { settleOne } from '../../settle.ts';
import type { Trigger } from '../../trigger.ts';
import type { Case } from './case.ts';
import { failuresOf, idsOf, numbered } from '../trial.ts';

/** Events belong to the source until they are settled, even if the process that holds them dies. */
export const durability: readonly Case[] = [
  {
    claim: 'what was taken and not settled comes again after a crash, as the same event',
    needs: { trigger: ['durable'], rig: ['crash'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(5));
      const before = await trial.take(trigger, 5);
      await trial.crash(trigger);
      const after = await trial.take(await trial.openTrigger(), 5);
      const byId = new Map(after.map(({ event }) => [event.id, event]));
      for (const { event } of before) assert.deepEqual(byId.get(event.id), event);
    },
  },
  {
    claim: 'what was settled for good before a crash does not come again',
    needs: { trigger: ['durable'], confirmed: true, rig: ['crash'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(4));
      const held = await settleTwoOf(await trial.take(trigger, 4), trigger);
      await trial.crash(trigger);
      const next = await trial.openTrigger();
      assert.deepEqual(new Set(idsOf(await trial.take(next, 2))), new Set(idsOf(held)));
      await trial.takeNothing(next);
    },
  },
  {
    claim:
      'what was settled for good a while before a crash does not come again, though settlements are confirmed later',
    needs: { trigger: ['durable', 'settlesLater'], rig: ['crash'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(4));
      const held = await settleTwoOf(await trial.take(trigger, 4), trigger);
      await trial.pass(LATER_MS);
      await trial.crash(trigger);
      const next = await trial.openTrigger();
      assert.deepEqual(new Set(idsOf(await trial.take(next, 2))), new Set(idsOf(held)));
      await trial.takeNothing(next);
    },
  },
  {
    claim: 'what came while nobody was there waits',
    needs: { trigger: ['durable'] },
    async run(trial) {
      const trigger = await trial.openTrigger();
      await trigger[Symbol.asyncDispose]();
      await trial.rig.feed(numbered(3));
      await trial.take(await trial.openTrigger(), 3);
    },
  },
  {
    claim: 'a retry outlives a crash of the process that asked for it, with its delay',
    needs: { trigger: ['durable', 'retryAfter'], rig: ['crash'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const [delivery] = await trial.take(trigger, 1);
      await settleOne(trigger, delivery, { kind: 'retry', afterMs: RETRY_MS, reason: 'much later' });
      await trial.crash(trigger);
      const next = await trial.openTrigger();
      await trial.pass(RETRY_MS);
      assert.equal((await trial.take(next, 1))[0].event.id, delivery.event.id);
    },
  },
];

/** Accepts the first and gives up on the second, with one call. The others are the result. */
async function settleTwoOf([accepted, dropped, ...others]: readonly Delivery[], trigger: Trigger): Promise<Delivery[]> {
  assert.ok(accepted && dropped);
  const failures = await failuresOf(trigger, [
    { delivery: accepted, settlement: { kind: 'accept' } },
    { delivery: dropped, settlement: { kind: 'drop', reason: 'the kit gave up on it' } },
  ]);
  assert.deepEqual([...failures.values()], []);
  return others;
}

const RETRY_MS = 1000;
/** The longest that a source may take to confirm what it noted, and some. */
const LATER_MS = 2000;
