import assert from 'node:assert/strict';
import { settleOne } from '../../settle.ts';
import type { Case } from './case.ts';
import { idsOf, numbered } from '../trial.ts';

const aborted = AbortSignal.abort();

/** How events are pulled: never more than requested, never none except at the end, each once. */
export const take: readonly Case[] = [
  {
    claim: 'take resolves with at least one delivery and never more than asked for, until each event was given once',
    async run(trial) {
      const trigger = await trial.openFed(numbered(10));
      const ids: string[] = [];
      while (ids.length < 10) ids.push(...idsOf(await trial.takeSome(trigger, 3)));
      assert.equal(new Set(ids).size, 10);
      await trial.takeNothing(trigger);
    },
  },
  {
    claim: 'take waits while there is nothing, and resolves when something comes',
    async run(trial) {
      const trigger = await trial.openTrigger();
      const taking = trial.take(trigger, 1);
      await trial.rig.feed(numbered(1));
      assert.equal((await taking).length, 1);
    },
  },
  {
    claim: 'take resolves with none when stop is aborted while it waits, and what comes later is not lost',
    async run(trial) {
      const trigger = await trial.openTrigger();
      await trial.takeNothing(trigger);
      await trial.rig.feed(numbered(1));
      await trial.take(trigger, 1);
    },
  },
  {
    claim: 'take resolves when stop is aborted in the very turn in which it was called',
    async run(trial) {
      const trigger = await trial.openTrigger();
      const stop = new AbortController();
      const taking = trigger.take(1, stop.signal);
      stop.abort();
      assert.deepEqual(await taking, []);
    },
  },
  {
    claim: 'take resolves when stop was aborted before, and what was there is not lost',
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const taken = await trigger.take(1, aborted);
      if (taken.length === 0) await trial.take(trigger, 1);
      else assert.equal(taken.length, 1);
    },
  },
  {
    claim: 'events that nobody asked for are not held: many more than the permits stay with the source',
    needs: { trigger: ['durable', 'attempts'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(50));
      const [held] = await trial.take(trigger, 1);
      await settleOne(trigger, held, { kind: 'accept' });
      const rest = await trial.take(await trial.reopen(trigger), 49);
      assert.deepEqual(new Set(rest.map(({ attempt }) => attempt)), new Set([1]));
      assert.ok(!idsOf(rest).includes(held.event.id));
    },
  },
  {
    claim: 'a held delivery that is extended stays with its holder, and can be settled',
    needs: { trigger: ['extendEveryMs'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(1));
      const [held] = await trial.take(trigger, 1);
      for (let beat = 0; beat < 5; beat += 1) {
        await trial.pass(trigger.supports.extendEveryMs ?? 0);
        held.extend?.();
        await trial.takeNothing(trigger);
      }
      await settleOne(trigger, held, { kind: 'accept' });
      await trial.takeNothing(trigger);
    },
  },
  {
    claim: 'a trigger that drains gives out what it had when stop was aborted, and then none',
    needs: { trigger: ['drains'] },
    async run(trial) {
      const trigger = await trial.openFed(numbered(10));
      const ids = idsOf(await trial.takeSome(trigger, 3));
      for (let more = ids; more.length > 0 && ids.length <= 10; ids.push(...more)) {
        more = idsOf(await trigger.take(3, aborted));
      }
      assert.equal(new Set(ids).size, 10);
      assert.equal(ids.length, 10);
    },
  },
];
