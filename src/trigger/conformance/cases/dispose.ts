import assert from 'node:assert/strict';
import { settleOne } from '../../settle.ts';
import type { Case } from './case.ts';
import { idsOf, numbered, settleAll } from '../trial.ts';

/** Closing in good order loses nothing, keeps nothing, and may be done twice. */
export const dispose: readonly Case[] = [
  {
    claim: 'a trigger may be disposed of more than once, also at the same time',
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      await trial.take(trigger, 1);
      await Promise.all([trigger[Symbol.asyncDispose](), trigger[Symbol.asyncDispose]()]);
      assert.equal(await trigger[Symbol.asyncDispose](), undefined);
    },
  },
  {
    claim: 'settlements that are under way when the trigger is disposed of are confirmed',
    async run(trial) {
      const trigger = await trial.openFed(numbered(20));
      const deliveries = await trial.take(trigger, 20);
      const settling = settleAll(trigger, deliveries, { kind: 'accept' });
      await trigger[Symbol.asyncDispose]();
      await settling;
      await trial.takeNothing(await trial.openTrigger());
    },
  },
  {
    claim: 'what a disposed trigger had not given out is there for the next, at once',
    needs: { trigger: ['durable'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(20));
      const [taken] = await trial.take(trigger, 1);
      await settleOne(trigger, taken, { kind: 'accept' });
      const others = await trial.take(await trial.reopen(trigger), 19);
      assert.ok(!idsOf(others).includes(taken.event.id));
    },
  },
];
