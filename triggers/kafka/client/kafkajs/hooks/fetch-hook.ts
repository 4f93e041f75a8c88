import { SluiceError } from '#trigger';
import { AbortedTransactions } from '../../../wire/aborted-transactions.ts';
import { FETCH_VERSIONS, type FetchedPartition, readFetchResponse } from '../../../wire/fetch-response.ts';
import { FetchRoom, type LogPlace, type LogStretch, readLog } from '../../../wire/log-reader.ts';
import type { FetchedBatch } from '../../kafka-client.ts';
import { type Exchange, requestDefinition } from './internals.ts';

/** A fetch request of kafkajs; `topics` may name a topic several times. */
interface FetchArgs {
  readonly isolationLevel?: number;
  readonly rackId?: unknown;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[];
  }[];
}

/** The only message of a partition that kafkajs sees: it carries the fetched batch to `eachBatch`. */
interface Carrier {
  readonly offset: string;
  readonly isControlRecord: false;
  readonly key: null;
  readonly batchContext: object;
  readonly fetched: FetchedBatch;
}

const FETCH = 1;
const READ_UNCOMMITTED = 0;
/** A code in the answer for a partition. */
const CORRUPT_MESSAGE = 2;

/** A rack that marks our consumers; others in the process keep kafkajs's own decoder. */
class OwnRack extends String {}

/** The `rackId` of a consumer whose fetches Sluice reads. */
export function ownRack(rack = ''): string {
  // kafkajs passes the rack on untouched to the hook, which turns it back into a string.
  return new OwnRack(rack) as unknown as string;
}

let installed = false;

/**
 * Decodes the fetches of our consumers (see `ownRack`) instead of kafkajs, which loses the order of headers, stalls where compaction emptied the end
 * of a partition, and takes some data records for the end of a transaction.
 *
 * `eachBatch` is called with one message for each partition with progress; `fetchedBatch` has the records. It must resolve `String(next - 1)`
 * itself: run the consumer with `eachBatchAutoResolve: false`.
 *
 * @throws SLU3401 if kafkajs is not built as expected.
 */
export function installFetchHook(): void {
  if (installed) return;
  const definition = requestDefinition<FetchArgs>('Fetch', FETCH, FETCH_VERSIONS.last);
  const { protocol } = definition;
  definition.protocol = ({ version }) => {
    const make = protocol({ version });
    return (args) => (args.rackId instanceof OwnRack ? ownFetch(make, version, args) : make(args));
  };
  installed = true;
}

/** The batch of a message of `eachBatch`; undefined if kafkajs has decoded it itself. */
export function fetchedBatch(message: object | undefined): FetchedBatch | undefined {
  return message !== undefined && 'fetched' in message ? (message as Carrier).fetched : undefined;
}

function ownFetch(make: (args: FetchArgs) => Exchange, version: number, args: FetchArgs): Exchange {
  if (version < FETCH_VERSIONS.first) {
    throw new SluiceError('SLU3001', `the broker speaks Fetch up to version ${version}: it is older than Kafka 0.11`);
  }
  const exchange = make({ ...args, rackId: String(args.rackId) });
  return { ...exchange, response: { ...exchange.response, decode: (bytes) => decode(bytes, version, args) } };
}

/** The answer in the form of kafkajs, with a carrier for the messages of each partition. */
async function decode(bytes: Buffer, version: number, args: FetchArgs): Promise<object> {
  const { throttleMs, errorCode, sessionId, topics } = readFetchResponse(bytes, version);
  const wanted = wantedOffsets(args);
  const committed = args.isolationLevel !== READ_UNCOMMITTED;
  const responses: object[] = [];
  const room = new FetchRoom();
  for (const { topic, partitions } of topics) {
    const read: object[] = [];
    for (const partition of partitions) {
      const offset = wanted.get(topic)?.get(partition.partition);
      // Kafka answers only for what was requested.
      if (offset !== undefined) read.push(await decodePartition(topic, partition, offset, committed, room));
    }
    responses.push({ topicName: topic, partitions: read });
  }
  // Since version 8 the broker leaves the waiting to us (KIP-219).
  const throttling =
    version >= 8 ? { throttleTime: 0, clientSideThrottleTime: throttleMs } : { throttleTime: throttleMs };
  return { ...throttling, errorCode, sessionId, responses };
}

function wantedOffsets({ topics }: FetchArgs): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const wanted = new Map<string, Map<number, number>>();
  for (const { topic, partitions } of topics) {
    const offsets = wanted.get(topic) ?? new Map<number, number>();
    wanted.set(topic, offsets);
    for (const { partition, fetchOffset } of partitions) offsets.set(partition, Number(fetchOffset));
  }
  return wanted;
}

async function decodePartition(
  topic: string,
  fetched: FetchedPartition,
  offset: number,
  committed: boolean,
  room: FetchRoom,
): Promise<object> {
  const { partition, highWatermark, lastStableOffset, preferredReadReplica, log } = fetched;
  const aborted = committed && fetched.aborted.length > 0 ? new AbortedTransactions(fetched.aborted) : undefined;
  const place = { topic, partition, offset };
  const isCorrupt = fetched.errorCode === CORRUPT_MESSAGE;
  const stretch = isCorrupt ? corruptAt(place) : await readLog(log, place, aborted, room);
  const end = committed ? lastStableOffset : highWatermark;
  return {
    partition,
    errorCode: isCorrupt ? 0 : fetched.errorCode,
    highWatermark: String(highWatermark),
    lastStableOffset: String(lastStableOffset),
    // Aborted records are left out already.
    abortedTransactions: [],
    preferredReadReplica,
    // The broker reads the end before the log, so the log may be ahead of it.
    messages: messages({ ...stretch, from: offset, end: Math.max(end, stretch.next) }),
  };
}

/** The broker itself can't read its log there; the library would retry without limit. */
function corruptAt({ topic, partition, offset }: LogPlace): LogStretch {
  const message = `${topic}, partition ${partition} cannot be read from offset ${offset} on: the broker finds its log corrupt`;
  return { records: [], next: offset, broken: new SluiceError('SLU3402', message) };
}

function messages(fetched: FetchedBatch): readonly Carrier[] {
  const { from, next, broken } = fetched;
  if (next === from && broken === undefined) return [];
  // kafkajs drops messages before the requested offset, even if the log is broken exactly there.
  const last = Math.max(next - 1, from);
  return [{ offset: String(last), isControlRecord: false, key: null, batchContext: {}, fetched }];
}
