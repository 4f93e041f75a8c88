import assert from 'node:assert/strict';
import { settleOne } from '../../settle.ts';
import type { Case } from './case.ts';
import { numbered } from '../trial.ts';

/** The attempt number counts the charged attempts, and survives the death of the process. */
export const attempts: readonly Case[] = [
  {
    claim: 'the first attempt is number 1, and each retry counts one more',
    needs: { trigger: ['attempts', 'retryAfter'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const numbers: number[] = [];
      for (let attempt = 1; attempt <= 4; attempt += 1) {
        const [delivery] = await trial.take(trigger, 1);
        numbers.push(delivery.attempt);
        await settleOne(trigger, delivery, { kind: 'retry', afterMs: 0, reason: 'again' });
      }
      assert.deepEqual(numbers, [1, 2, 3, 4]);
    },
  },
  {
    claim: 'a released event was not charged: its next attempt has the same number',
    needs: { trigger: ['attempts', 'durable'] },
    async run(trial) {
      let trigger = await trial.openFed(numbered(1));
      for (let round = 0; round < 3; round += 1) {
        const [delivery] = await trial.take(trigger, 1);
        assert.equal(delivery.attempt, 1);
        await settleOne(trigger, delivery, { kind: 'release' });
        trigger = await trial.reopen(trigger);
      }
    },
  },
  {
    claim: 'a crash in the middle of an attempt counts as one',
    needs: { trigger: ['attempts', 'durable'], rig: ['crash'] },
    async run(trial) {
      let trigger = await trial.openFed(numbered(1));
      for (const wanted of [1, 2, 3]) {
        const [delivery] = await trial.take(trigger, 1);
        assert.equal(delivery.attempt, wanted);
        await trial.crash(trigger);
        trigger = await trial.openTrigger();
      }
    },
  },
];
