import assert from 'node:assert/strict';
import type { Backlog, Trigger } from '../trigger.ts';
import type { Case } from './case.ts';
import { numbered } from './trial.ts';

async function backlogOf(trigger: Trigger): Promise<Pick<Backlog, 'ready' | 'waiting'>> {
  const { ready, waiting, oldestMs } = (await trigger.backlog?.()) ?? { ready: 0, waiting: 0 };
  assert.ok(oldestMs === undefined || oldestMs >= 0);
  return { ready, waiting };
}

/** A trigger that knows its backlog knows when it is empty: `sluice up --until-idle` rests on it. */
export const backlog: readonly Case[] = [
  {
    claim: 'the backlog is empty when everything was settled',
    needs: { backlog: true },
    async run(trial) {
      const trigger = await trial.openFed(numbered(3));
      const deliveries = await trial.take(trigger, 3);
      await Promise.all(deliveries.map((delivery) => delivery.settle({ kind: 'accept' })));
      assert.deepEqual(await backlogOf(trigger), { ready: 0, waiting: 0 });
    },
  },
];
