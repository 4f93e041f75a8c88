import assert from 'node:assert/strict';
import type { Delivery } from '../../../delivery.ts';
import type { Message } from '../../../event.ts';
import { settleOne } from '../../settle.ts';
import type { Trigger } from '../../trigger.ts';
import type { Case } from './case.ts';
import { settleAll, textsOf } from '../trial.ts';

const DELAY_MS = 1000;
const needs = { trigger: ['ordered'], rig: ['choose-key', 'choose-data'] } as const;

/** `a1` is the first event of key `a`. */
function keyed(...names: readonly string[]): Message[] {
  return names.map((name) => ({ key: Buffer.from(name.slice(0, 1)), headers: [], data: Buffer.from(name) }));
}

function ofKey(key: string, deliveries: readonly Delivery[]): string[] {
  return textsOf(deliveries).filter((text) => text.startsWith(key));
}

/** As a dispatcher gives a lane back: what waits behind its head first. */
async function release(trigger: Trigger, deliveries: readonly Delivery[]): Promise<void> {
  await settleAll(trigger, deliveries.toReversed(), { kind: 'release' });
}

/** Within a lane, events come in their order, and nothing overtakes one that went back. */
export const order: readonly Case[] = [
  {
    claim: 'events of a key come in one lane, in the order in which they were made',
    needs,
    async run(trial) {
      const names = Array.from({ length: 30 }, (_, n) => `${'abc'[n % 3]}${n}`);
      const trigger = await trial.openFed(keyed(...names));
      const deliveries = await trial.take(trigger, 30);
      for (const key of 'abc') {
        assert.deepEqual(
          ofKey(key, deliveries),
          names.filter((name) => name.startsWith(key)),
        );
        const lanes = new Set(deliveries.filter((one) => textsOf([one])[0]?.startsWith(key)).map(({ lane }) => lane));
        assert.ok(lanes.size === 1 && !lanes.has(undefined), `the lanes of key ${key}: ${[...lanes].join(', ')}`);
      }
    },
  },
  {
    claim: 'after a retry nothing of its lane comes before it, and then the lane goes on in order',
    needs: { ...needs, trigger: ['ordered', 'retryAfter'] },
    async run(trial) {
      const trigger = await trial.openFed(keyed('a1', 'a2', 'a3'));
      const [head] = await trial.take(trigger, 1);
      const since = performance.now();
      await settleOne(trigger, head, { kind: 'retry', afterMs: DELAY_MS, reason: 'not yet' });
      const again = await trial.takeNotBefore(trigger, 3, { ms: DELAY_MS, since });
      assert.deepEqual(textsOf(again), ['a1', 'a2', 'a3']);
    },
  },
  {
    claim: 'what was taken behind a retried event and goes back does not overtake it',
    needs: { ...needs, trigger: ['ordered', 'retryAfter'] },
    async run(trial) {
      const trigger = await trial.openFed(keyed('a1', 'a2', 'a3'));
      const [head, ...behind] = await trial.take(trigger, 3);
      const since = performance.now();
      await Promise.all([
        release(trigger, behind),
        settleOne(trigger, head, { kind: 'retry', afterMs: DELAY_MS, reason: 'not yet' }),
      ]);
      const again = await trial.takeNotBefore(trigger, 3, { ms: DELAY_MS, since });
      assert.deepEqual(textsOf(again), ['a1', 'a2', 'a3']);
    },
  },
  {
    claim: 'a lane that was given back comes again in order',
    needs,
    async run(trial) {
      const trigger = await trial.openFed(keyed('a1', 'a2', 'a3'));
      await release(trigger, await trial.take(trigger, 3));
      assert.deepEqual(textsOf(await trial.take(await trial.reopen(trigger), 3)), ['a1', 'a2', 'a3']);
    },
  },
  {
    claim: 'a lane that waits for a retry does not hold up another',
    needs: { ...needs, trigger: ['ordered', 'retryAfter'] },
    async run(trial) {
      const trigger = await trial.openFed(keyed('a1', 'a2'));
      const [head] = await trial.take(trigger, 1);
      await settleOne(trigger, head, { kind: 'retry', afterMs: DELAY_MS, reason: 'not yet' });
      await trial.rig.feed(keyed('b1', 'b2'));
      assert.deepEqual(textsOf(await trial.take(trigger, 2)), ['b1', 'b2']);
    },
  },
  {
    claim: 'a lane comes again in order after a crash',
    needs: { trigger: ['ordered', 'durable'], rig: ['choose-key', 'choose-data', 'crash'] },
    async run(trial) {
      const trigger = await trial.openFed(keyed('a1', 'b1', 'a2', 'b2', 'a3'));
      await trial.take(trigger, 3);
      await trial.crash(trigger);
      const deliveries = await trial.take(await trial.openTrigger(), 5);
      assert.deepEqual(ofKey('a', deliveries), ['a1', 'a2', 'a3']);
      assert.deepEqual(ofKey('b', deliveries), ['b1', 'b2']);
    },
  },
];
