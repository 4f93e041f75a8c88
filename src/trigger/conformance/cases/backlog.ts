import assert from 'node:assert/strict';
import { settleOne } from '../../settle.ts';
import type { Backlog, Trigger } from '../../trigger.ts';
import type { Case } from './case.ts';
import { numbered, settleAll } from '../trial.ts';

async function backlogOf(trigger: Trigger): Promise<Pick<Backlog, 'ready' | 'waiting'>> {
  const { ready, waiting, oldestMs } = (await trigger.backlog?.()) ?? { ready: 0, waiting: 0 };
  assert.ok(oldestMs === undefined || oldestMs >= 0);
  return { ready, waiting };
}

/** A trigger that knows its backlog knows when it is empty: `sluice up --until-idle` rests on it. */
export const backlog: readonly Case[] = [
  {
    claim: 'the backlog counts what nobody has taken yet',
    needs: { backlog: true },
    async run(trial) {
      const trigger = await trial.openFed(numbered(3));
      await trial.until('three are ready', async () => (await backlogOf(trigger)).ready === 3);
    },
  },
  {
    claim: 'an event that waits for its retry is in the backlog as waiting, not as ready',
    needs: { backlog: true, trigger: ['retryAfter'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const [delivery] = await trial.take(trigger, 1);
      await settleOne(trigger, delivery, { kind: 'retry', afterMs: HOUR_MS, reason: 'much later' });
      assert.deepEqual(await backlogOf(trigger), { ready: 0, waiting: 1 });
    },
  },
  {
    claim: 'the backlog is empty when everything was settled',
    needs: { backlog: true },
    async run(trial) {
      const trigger = await trial.openFed(numbered(3));
      const deliveries = await trial.take(trigger, 3);
      await settleAll(trigger, deliveries, { kind: 'accept' });
      assert.deepEqual(await backlogOf(trigger), { ready: 0, waiting: 0 });
    },
  },
];

const HOUR_MS = 3_600_000;
