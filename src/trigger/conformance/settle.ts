import assert from 'node:assert/strict';
import type { Settlement } from '../../delivery.ts';
import type { Case } from './case.ts';
import { idsOf, numbered } from './trial.ts';

const DELAY_MS = 1000;

const forGood: readonly Settlement[] = [{ kind: 'accept' }, { kind: 'drop', reason: 'the kit gave up on it' }];

/** What becomes of an event is what its settlement said. */
export const settle: readonly Case[] = [
  ...forGood.map((settlement): Case => ({
    claim: `${settlement.kind} is for good: the event never comes again, not even to the next trigger`,
    async run(trial) {
      const trigger = await trial.openFed(numbered(3));
      const deliveries = await trial.take(trigger, 3);
      await Promise.all(deliveries.map((delivery) => delivery.settle(settlement)));
      await trial.takeNothing(trigger);
      await trial.takeNothing(await trial.reopen(trigger));
    },
  })),
  {
    claim: 'retry brings the same event again after its delay, and not before',
    needs: { trigger: ['retryAfter'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const [first] = await trial.take(trigger, 1);
      const since = performance.now();
      await first.settle({ kind: 'retry', afterMs: DELAY_MS, reason: 'not yet' });
      const [second] = await trial.takeNotBefore(trigger, 1, { ms: DELAY_MS, since });
      assert.deepEqual(second.event, first.event);
    },
  },
  {
    claim: 'retry without a delay brings the event again at once',
    needs: { trigger: ['retryAfter'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const [first] = await trial.take(trigger, 1);
      await first.settle({ kind: 'retry', afterMs: 0, reason: 'again' });
      const [second] = await trial.take(trigger, 1);
      assert.equal(second.event.id, first.event.id);
    },
  },
  {
    claim: 'release gives the event to the next that asks',
    needs: { trigger: ['durable'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(2));
      const deliveries = await trial.take(trigger, 2);
      await Promise.all(deliveries.map((delivery) => delivery.settle({ kind: 'release' })));
      const again = await trial.take(await trial.reopen(trigger), 2);
      assert.deepEqual(new Set(idsOf(again)), new Set(idsOf(deliveries)));
    },
  },
  {
    claim: 'settling one event leaves the others as they were',
    needs: { trigger: ['durable'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(3));
      const [accepted, ...others] = await trial.take(trigger, 3);
      await accepted.settle({ kind: 'accept' });
      await Promise.all(others.map((delivery) => delivery.settle({ kind: 'release' })));
      const again = await trial.take(await trial.reopen(trigger), 2);
      assert.deepEqual(new Set(idsOf(again)), new Set(idsOf(others)));
    },
  },
  {
    claim: 'a second settlement of a delivery is a TypeError, and changes nothing',
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const [delivery] = await trial.take(trigger, 1);
      await delivery.settle({ kind: 'accept' });
      await assert.rejects(async () => delivery.settle({ kind: 'release' }), TypeError);
      await trial.takeNothing(trigger);
    },
  },
  {
    claim: 'a settlement that waits for a silent source ends when it is cancelled, as not confirmed',
    needs: { confirmed: true, rig: ['silence'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const [delivery] = await trial.take(trigger, 1);
      const speak = await trial.rig.silence?.();
      assert.ok(speak, 'the rig needs silence(), or the subject says why it can not');
      const cancel = new AbortController();
      setTimeout(() => cancel.abort(), 0);
      try {
        const settling = delivery.settle({ kind: 'accept' }, cancel.signal);
        await assert.rejects(trial.inTime(settling), { code: 'SLU3003', transient: true });
      } finally {
        await speak();
      }
    },
  },
  {
    claim: 'many settlements made at once are each confirmed',
    async run(trial) {
      const trigger = await trial.openFed(numbered(200));
      const deliveries = await trial.take(trigger, 200);
      await Promise.all(deliveries.map((delivery) => delivery.settle({ kind: 'accept' })));
      await trial.takeNothing(await trial.reopen(trigger));
    },
  },
];
