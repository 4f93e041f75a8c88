import { type AdapterContext, SluiceError, type Trigger } from '#trigger';
import type { KafkaClient } from './client/kafka-client.ts';
import { KafkajsClient } from './client/kafkajs/kafkajs-client.ts';
import { Committer } from './committer.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { Ledger, LedgerListener } from './ledger.ts';
import { TransactionLedger } from './transaction-ledger.ts';
import { KafkaTrigger } from './trigger.ts';
import type { TriggerOptions } from './trigger-options.ts';

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
  const topics = await findTopics(client, options.topics);
  const group = options.group ?? name;
  const { commitEveryMs: everyMs, commitRecords: records, transactionTimeoutMs } = options;
  const ledger = (listener: LedgerListener): Ledger =>
    options.exactlyOnce
      ? new TransactionLedger({ client, group, transactionTimeoutMs, everyMs, clock, log, listener })
      : new Committer({ everyMs, records, clock, log });
  opening.move(); // the trigger closes the client, also when it can't be opened
  return KafkaTrigger.open({ client, ledger, group, topics, options, context }, signal);
}

async function findTopics(client: KafkaClient, wanted: TriggerOptions['topics']): Promise<readonly string[]> {
  if (wanted instanceof RegExp) {
    const matching = (await client.topics()).filter((topic) => wanted.test(topic));
    if (matching.length === 0) throw missing(`no topic matches ${wanted.source}`);
    return matching;
  }
  const known = await client.partitions(wanted);
  const unknown = wanted.filter((topic) => !known.has(topic)).map((topic) => `'${topic}'`);
  if (unknown.length > 0) throw missing(`no topic ${unknown.join(', ')}`);
  return wanted;
}

function missing(what: string): SluiceError {
  return new SluiceError('SLU3406', what, {
    transient: true,
    fix: 'make it (kafka-topics.sh --create --topic NAME), or correct the name',
  });
}
