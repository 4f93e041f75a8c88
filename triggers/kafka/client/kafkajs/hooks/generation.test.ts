import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installCommitHook, withinGeneration } from './generation.ts';
import { internalModule } from './internals.ts';

interface OffsetManager {
  commitOffsets(offsets: object): Promise<void>;
}

/** What kafkajs makes for each generation, with a coordinator that notes what comes. */
function managerOf(generationId: number, came: number[]): OffsetManager {
  const Manager = internalModule('src/consumer/offsetManager/index.js') as new (options: object) => OffsetManager;
  const coordinator = {
    isConnected: () => true,
    offsetCommit: ({ groupGenerationId }: { groupGenerationId: number }) => {
      came.push(groupGenerationId);
      return Promise.resolve();
    },
  };
  return new Manager({
    cluster: { findGroupCoordinator: () => Promise.resolve(coordinator), committedOffsets: () => ({}) },
    coordinator,
    memberAssignment: { orders: [0] },
    groupId: 'g',
    generationId,
    memberId: 'm',
    instrumentationEmitter: { emit: () => {} },
  });
}

test('installCommitHook keeps a commit within the generation in which it was tried first, and nobody else’s', async () => {
  installCommitHook();
  const came: number[] = [];
  const [first, second] = [managerOf(1, came), managerOf(2, came)];
  const offsets = { topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '5' }] }] };
  await withinGeneration(async () => {
    await first.commitOffsets(offsets);
    await first.commitOffsets(offsets);
    // The library gives up at an error that says so.
    await assert.rejects(second.commitOffsets(offsets), { type: 'ILLEGAL_GENERATION', retriable: false });
  });
  await withinGeneration(() => second.commitOffsets(offsets));
  await second.commitOffsets(offsets);
  assert.deepEqual(came, [1, 1, 2, 2]);
});
