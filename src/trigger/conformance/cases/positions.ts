import assert from 'node:assert/strict';
import type { Delivery } from '../../../delivery.ts';
import type { Message } from '../../../event.ts';
import type { Case } from './case.ts';
import { numbered, settleAll } from '../trial.ts';

const COUNT = 3;

/** A position tells an event from all others of its source, even if their senders wrote the same. */
export const positions: readonly Case[] = [
  {
    claim: 'every event has a position of its own, in printable ASCII, even where senders give the same id',
    async run(trial) {
      const trigger = await trial.openFed(Array.from({ length: COUNT }, () => claimsToBeTheSame()));
      const taken = await trial.take(trigger, COUNT);
      assert.equal(new Set(positionsOf(taken)).size, COUNT);
      for (const position of positionsOf(taken)) assert.match(position, /^[\x21-\x7e]{1,1024}$/);
      await settleAll(trigger, taken, { kind: 'accept' });
    },
  },
  {
    claim:
      'the position of an event is the same at every delivery: after a retry, after a release, and for the next trigger',
    needs: { trigger: ['durable', 'retryAfter'] },
    async run(trial) {
      let trigger = await trial.openFed(numbered(COUNT));
      const first = await trial.take(trigger, COUNT);
      await settleAll(trigger, first, { kind: 'retry', afterMs: 0, reason: 'again' });
      const retried = await trial.take(trigger, COUNT);
      await settleAll(trigger, retried, { kind: 'release' });
      trigger = await trial.reopen(trigger);
      const released = await trial.take(trigger, COUNT);
      assert.deepEqual(new Set(positionsOf(retried)), new Set(positionsOf(first)));
      assert.deepEqual(new Set(positionsOf(released)), new Set(positionsOf(first)));
      await settleAll(trigger, released, { kind: 'accept' });
    },
  },
];

/** In all the ways in which an adapter may read an id out of what a sender writes. */
function claimsToBeTheSame(): Message {
  const attributes = { specversion: '1.0', id: 'same', source: '/same', type: 'kit', time: '2026-01-01T00:00:00Z' };
  return {
    headers: Object.entries(attributes).flatMap(([name, value]) => [
      [`ce-${name}`, value] as const,
      [`ce_${name}`, value] as const,
    ]),
    data: Buffer.from('same'),
  };
}

function positionsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ position }) => position);
}
