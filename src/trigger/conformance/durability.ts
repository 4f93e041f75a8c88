import assert from 'node:assert/strict';
import type { Case } from './case.ts';
import { idsOf, numbered } from './trial.ts';

/** Events belong to the source until they are settled, whatever happens to the process that holds them. */
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
      const [accepted, dropped, ...held] = await trial.take(trigger, 4);
      await accepted.settle({ kind: 'accept' });
      await dropped?.settle({ kind: 'drop', reason: 'the kit gave up on it' });
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
      const [accepted, dropped, ...held] = await trial.take(trigger, 4);
      await accepted.settle({ kind: 'accept' });
      await dropped?.settle({ kind: 'drop', reason: 'the kit gave up on it' });
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
      await delivery.settle({ kind: 'retry', afterMs: RETRY_MS, reason: 'much later' });
      await trial.crash(trigger);
      const next = await trial.openTrigger();
      await trial.pass(RETRY_MS);
      assert.equal((await trial.take(next, 1))[0].event.id, delivery.event.id);
    },
  },
];

const RETRY_MS = 1000;
/** The longest that a source may take to confirm what it noted, and some. */
const LATER_MS = 2000;
