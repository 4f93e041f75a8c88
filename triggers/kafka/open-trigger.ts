import type { AdapterContext, Trigger } from '#trigger';
import { KafkajsClient } from './client/kafkajs/kafkajs-client.ts';
import { Committer } from './commit/committer.ts';
import type { ConnectionOptions } from './options/connection-options.ts';
import type { Ledger, LedgerListener } from './commit/ledger.ts';
import { findTopics, ownDeadLetters } from './group/topics.ts';
import { TransactionLedger } from './commit/transaction-ledger.ts';
import { KafkaTrigger } from './trigger.ts';
import type { TriggerOptions } from './options/trigger-options.ts';

/** Connects, finds the topics, and joins the group. Rejects with SLU3401 to SLU3407. */
export async function openTrigger(
  options: TriggerOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Trigger> {
  const { name, clock, log } = context;
  const connection = context.connection as ConnectionOptions; // output of this adapter's connection schema
  await using opening = new AsyncDisposableStack();
  const client = opening.use(await KafkajsClient.open({ connection, name, clock, log }, signal));
  const without = ownDeadLetters(options.topics, context);
  if (without !== undefined)
    log.info({ topic: without }, 'the pattern matches the topic of its own dead letters, which is left out');
  const topics = await findTopics(client, options.topics, without);
  const group = options.group ?? name;
  const { commitEveryMs: everyMs, commitRecords: records, transactionTimeoutMs, heartbeatIntervalMs } = options;
  const transactions = { client, group, transactionTimeoutMs, heartbeatIntervalMs, everyMs, clock, log };
  const ledger = (listener: LedgerListener): Ledger =>
    options.exactlyOnce
      ? new TransactionLedger({ ...transactions, listener })
      : new Committer({ everyMs, records, clock, log });
  opening.move(); // the trigger closes the client, also when it can't be opened
  return KafkaTrigger.open({ client, ledger, group, topics, without, options, context }, signal);
}

/** Connects and finds the topics. The group is not joined: its members would have to share out their partitions again. */
export async function probeTrigger(
  { topics }: TriggerOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<void> {
  const { name, clock, log } = context;
  const connection = context.connection as ConnectionOptions; // output of this adapter's connection schema
  await using client = await KafkajsClient.open({ connection, name, clock, log }, signal);
  await findTopics(client, topics, ownDeadLetters(topics, context));
}
