import assert from 'node:assert/strict';
import { SluiceError } from '../../../errors.ts';
import { settleOne } from '../../settle.ts';
import type { Case } from './case.ts';
import { numbered } from '../trial.ts';

/** Outputs and settlement are one step: both happen, or neither. */
export const atomicOutputs: readonly Case[] = [
  ...(['accept', 'drop'] as const).map((kind): Case => ({
    claim: `${kind} with outputs stores them and settles the event`,
    needs: { trigger: ['atomicOutputs'], publisher: [] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const publisher = await trial.openPublisher();
      assert.equal(trigger.commits?.(publisher), true, 'commits() must say yes to the publisher that the rig opens');
      const [delivery] = await trial.take(trigger, 1);
      await settleOne(trigger, delivery, {
        kind,
        reason: 'the kit gave up on it',
        publish: [{ publisher, messages: numbered(3) }],
      });
      assert.equal((await trial.published()).length, 3);
      await trial.takeNothing(trigger);
    },
  })),
  {
    claim: 'accept with outputs that comes too late is refused, and publishes nothing',
    needs: { trigger: ['atomicOutputs', 'durable'], publisher: [], rig: ['crash'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const publisher = await trial.openPublisher();
      const [late] = await trial.take(trigger, 1);
      await trial.crash(trigger);
      const next = await trial.openTrigger();
      const [current] = await trial.take(next, 1);
      const group = { publisher, messages: numbered(1) };
      await assert.rejects(async () => settleOne(trigger, late, { kind: 'accept', publish: [group] }), SluiceError);
      assert.deepEqual(await trial.published(), []);
      await settleOne(next, current, { kind: 'accept', publish: [group] });
      assert.equal((await trial.published()).length, 1);
    },
  },
];
