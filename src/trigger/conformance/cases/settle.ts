import assert from 'node:assert/strict';
import type { Settlement } from '../../../delivery.ts';
import { SluiceError } from '../../../errors.ts';
import { settleOne } from '../../settle.ts';
import type { Case } from './case.ts';
import { failuresOf, idsOf, numbered, settleAll } from '../trial.ts';

const DELAY_MS = 1000;

const forGood: readonly Settlement[] = [{ kind: 'accept' }, { kind: 'drop', reason: 'the kit gave up on it' }];

/** An event ends as its settlement says. */
export const settle: readonly Case[] = [
  ...forGood.map((settlement): Case => ({
    claim: `${settlement.kind} is for good: the event never comes again, not even to the next trigger`,
    async run(trial) {
      const trigger = await trial.openFed(numbered(3));
      const deliveries = await trial.take(trigger, 3);
      await settleAll(trigger, deliveries, settlement);
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
      await settleOne(trigger, first, { kind: 'retry', afterMs: DELAY_MS, reason: 'not yet' });
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
      await settleOne(trigger, first, { kind: 'retry', afterMs: 0, reason: 'again' });
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
      await settleAll(trigger, deliveries, { kind: 'release' });
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
      await settleOne(trigger, accepted, { kind: 'accept' });
      await settleAll(trigger, others, { kind: 'release' });
      const again = await trial.take(await trial.reopen(trigger), 2);
      assert.deepEqual(new Set(idsOf(again)), new Set(idsOf(others)));
    },
  },
  {
    claim: 'one call settles each of its deliveries as it is asked to',
    needs: { trigger: ['durable', 'retryAfter'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(4));
      const deliveries = await trial.take(trigger, 4);
      const settlements: readonly Settlement[] = [
        { kind: 'release' },
        { kind: 'accept' },
        { kind: 'retry', afterMs: 0, reason: 'again' },
        { kind: 'drop', reason: 'the kit gave up on it' },
      ];
      const each = settlements.map((settlement, n) => ({ delivery: deliveries[n]!, settlement }));
      assert.deepEqual([...(await failuresOf(trigger, each)).values()], []);
      const again = await trial.take(trigger, 2);
      assert.deepEqual(new Set(idsOf(again)), new Set([deliveries[0].event.id, deliveries[2]!.event.id]));
      await trial.takeNothing(trigger);
    },
  },
  {
    claim: 'a second settlement of a delivery is a TypeError, and changes nothing',
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const [delivery] = await trial.take(trigger, 1);
      await settleOne(trigger, delivery, { kind: 'accept' });
      await assert.rejects(settleOne(trigger, delivery, { kind: 'release' }), TypeError);
      await trial.takeNothing(trigger);
    },
  },
  {
    claim: 'a delivery that cannot be settled leaves the others of its call as they are asked for',
    async run(trial) {
      const trigger = await trial.openFed(numbered(3));
      const [settled, ...others] = await trial.take(trigger, 3);
      await settleOne(trigger, settled, { kind: 'accept' });
      const [before, behind] = others.map((delivery) => ({ delivery, settlement: { kind: 'accept' } as const }));
      const failures = await failuresOf(trigger, [
        before!,
        { delivery: settled, settlement: { kind: 'release' } },
        behind!,
      ]);
      assert.deepEqual([...failures.keys()], [settled]);
      await trial.takeNothing(await trial.reopen(trigger));
    },
  },
  {
    claim: 'a settlement that waits for a silent source ends when it is cancelled, as not confirmed',
    needs: { confirmed: true, rig: ['silence'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(2));
      const deliveries = await trial.take(trigger, 2);
      const speak = await trial.rig.silence?.();
      assert.ok(speak, 'the rig needs silence(), or the subject says why it cannot');
      const cancel = new AbortController();
      setTimeout(() => cancel.abort(), 0);
      try {
        const settlements = deliveries.map((delivery) => ({ delivery, settlement: { kind: 'accept' } as const }));
        const failures = await trial.inTime(failuresOf(trigger, settlements, cancel.signal));
        assert.equal(failures.size, 2);
        for (const thrown of failures.values()) {
          assert.ok(thrown instanceof SluiceError && thrown.code === 'SLU3003' && thrown.transient, String(thrown));
        }
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
      const alone = deliveries.slice(100).map((delivery) => settleOne(trigger, delivery, { kind: 'accept' }));
      await Promise.all([settleAll(trigger, deliveries.slice(0, 100), { kind: 'accept' }), ...alone]);
      await trial.takeNothing(await trial.reopen(trigger));
    },
  },
];
