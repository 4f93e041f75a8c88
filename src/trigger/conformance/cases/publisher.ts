import assert from 'node:assert/strict';
import { SluiceError } from '../../../errors.ts';
import type { Message } from '../../../event.ts';
import { refusalOf } from '../../../publisher.ts';
import type { Case } from './case.ts';
import { awkwardData, awkwardHeaders } from './fidelity.ts';
import { numbered } from '../trial.ts';

const forever = new AbortController().signal;

function dataOf(messages: readonly Message[]): Buffer[] {
  return messages.map(({ data }) => Buffer.from(data));
}

/** A publisher that resolved has published. */
export const publisher: readonly Case[] = [
  {
    claim: 'publish resolves when every message is at the destination, once and in order',
    needs: { publisher: [] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      const messages = numbered(100);
      await publisher.publish(messages, forever);
      assert.deepEqual(dataOf(await trial.published()), dataOf(messages));
    },
  },
  {
    claim: 'publish of nothing resolves and publishes nothing',
    needs: { publisher: [] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      await publisher.publish([], forever);
      assert.deepEqual(await trial.published(), []);
    },
  },
  {
    claim: 'publishes made at once are each confirmed',
    needs: { publisher: [] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      await Promise.all(numbered(50).map((message) => publisher.publish([message], forever)));
      assert.equal((await trial.published()).length, 50);
    },
  },
  {
    claim: 'data is published byte for byte',
    needs: { publisher: [] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      await publisher.publish(
        awkwardData.map((data) => ({ headers: [], data })),
        forever,
      );
      const published = dataOf(await trial.published());
      assert.equal(published.length, awkwardData.length);
      for (const [n, data] of awkwardData.entries()) assert.ok(published[n]?.equals(data), `message ${n} differs`);
    },
  },
  {
    claim: 'headers are published as they were given: in order, in their case, with repeated names',
    needs: { publisher: ['headers'] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      await publisher.publish([{ headers: awkwardHeaders, data: new Uint8Array(1) }, ...numbered(1)], forever);
      const [awkward, bare] = await trial.published();
      assert.deepEqual(awkward?.headers, awkwardHeaders);
      assert.deepEqual(bare?.headers, []);
    },
  },
  {
    claim: 'keys are published byte for byte',
    needs: { publisher: ['keys'] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      const key = new Uint8Array([0, 0xff, 0x80]);
      await publisher.publish([{ key, headers: [], data: new Uint8Array(1) }], forever);
      const [published] = await trial.published();
      assert.deepEqual(published?.key && Uint8Array.from(published.key), key);
    },
  },
  {
    claim: 'a message whose id was published before is not stored twice, in one publish or in two',
    needs: { publisher: ['deduplicates'] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      const [one, two, three] = numbered(3).map((message, n) => ({ ...message, id: `kit/${n}` }));
      await publisher.publish([one!, two!, one!], forever); // numbered(3) has three
      await publisher.publish([two!, three!], forever);
      assert.deepEqual(dataOf(await trial.published()), dataOf(numbered(3)));
    },
  },
  {
    claim: 'messages without an id are never taken for the same',
    needs: { publisher: [] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      const [message] = numbered(1);
      await publisher.publish([message!, message!], forever); // numbered(1) has one
      await publisher.publish([message!], forever);
      assert.equal((await trial.published()).length, 3);
    },
  },
  {
    claim: 'publish rejects when its signal is aborted already, and publishes nothing',
    needs: { publisher: [] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      await assert.rejects(async () => publisher.publish(numbered(1), AbortSignal.abort()));
      assert.deepEqual(await trial.published(), []);
    },
  },
  {
    claim: 'a message that the destination never takes is refused as its own fault, and others are published',
    needs: { publisher: [], rig: ['refuse'] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      const never = trial.rig.neverTaken?.();
      assert.ok(never, 'the rig needs neverTaken(), or the subject says why it cannot');
      const isItsFault = (thrown: unknown): boolean => thrown instanceof SluiceError && refusalOf(thrown) === 'message';
      await assert.rejects(async () => publisher.publish([never], forever), isItsFault);
      await publisher.publish(numbered(2), forever);
      assert.deepEqual(dataOf(await trial.published()), dataOf(numbered(2)));
    },
  },
  {
    claim: 'a publisher may be disposed of more than once, and what it confirmed stays',
    needs: { publisher: [] },
    async run(trial) {
      const publisher = await trial.openPublisher();
      await publisher.publish(numbered(1), forever);
      await Promise.all([publisher[Symbol.asyncDispose](), publisher[Symbol.asyncDispose]()]);
      assert.equal((await trial.published()).length, 1);
    },
  },
];
