import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { silentLogger, SluiceError } from '#trigger';
import type { Producer, Transaction } from '../client/kafka-client.ts';
import { Partition } from '../records/partition.ts';
import { PartitionTransactions } from './partition-transactions.ts';
import { batchFrom } from '../testing/batches.ts';

const fenced = new SluiceError('SLU3410', 'an old epoch', { transient: true });

/** A producer whose transactions come to their end when `fail` is called: with what it is given. */
function stuck(): { producer: Producer; fail: (reason: Error) => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const done = (): Promise<void> => Promise.resolve();
  const transaction: Transaction = { sure: true, send: done, offsets: done, abort: done, commit: () => promise };
  const producer: Producer = {
    send: done,
    begin: () => Promise.resolve(transaction),
    [Symbol.asyncDispose]: () => Promise.resolve(reject(fenced)),
  };
  return { producer, fail: reject };
}

function begun() {
  const partition = new Partition(
    { topic: 't', partition: 0 },
    'none',
    { offset: 0, attempts: new Map(), end: 1 },
    { bytes: 0 },
  );
  partition.fetched(batchFrom(0, 1));
  const pending = partition.take(0)!;
  partition.hold(pending, []);
  const failures: Error[] = [];
  const listener = { failed: (error: Error) => void failures.push(error), retired: () => {} };
  const { producer, fail } = stuck();
  const transactions = new PartitionTransactions({ producer, group: 'g', listener, log: silentLogger });
  return { failures, fail, transactions, held: transactions.held(partition, pending) };
}

test('PartitionTransactions reports a transaction whose result is unknown', async () => {
  const { failures, fail, transactions, held } = begun();
  await turn();
  fail(fenced);
  await assert.rejects(held, { code: 'SLU3410' });
  await transactions[Symbol.asyncDispose]();
  assert.deepEqual(failures, [fenced]);
});

test('PartitionTransactions that are over tell of nothing: a producer that is fenced or closed then is as it should be', async () => {
  const { failures, transactions, held } = begun();
  await turn();
  await Promise.all([assert.rejects(held, { code: 'SLU3003' }), transactions[Symbol.asyncDispose]()]);
  assert.deepEqual(failures, []);
});
