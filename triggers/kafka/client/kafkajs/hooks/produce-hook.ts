import { SluiceError } from '#trigger';
import { PRODUCE_VERSIONS, writeProduceRequest } from '../../../wire/produce-request.ts';
import type { OutgoingRecord } from '../../kafka-client.ts';
import { type AnsweredPartition, type Sequences, sequencesOfSend } from './sequences.ts';
import { type EncodedRequest, type Exchange, requestDefinition } from './internals.ts';

/** A produce request of kafkajs. 64-bit numbers are text, Long objects or numbers. */
interface ProduceArgs {
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: number;
  readonly transactionalId?: string | null;
  readonly producerId?: string | number | { toString(): string };
  readonly producerEpoch?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence?: number;
      readonly messages: readonly Message[];
    }[];
  }[];
}

/** Messages of kafkajs have headers by name, ours have a list. */
type Message = OutgoingRecord | { readonly headers?: Readonly<Record<string, unknown>> };

interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

const PRODUCE = 0;
/** Message too large, record list too large, topic not authorized, invalid timestamp, policy violation, compression, invalid record. */
const PERMANENT: ReadonlySet<number> = new Set([10, 18, 29, 32, 44, 76, 87]);

let installed = false;

/**
 * Encodes the record batches of `OutgoingRecord`s that a producer of kafkajs sends. kafkajs itself loses the order of headers, can't have null in
 * one, and knows only gzip. It still encodes messages of its own kind.
 *
 * @throws SLU3401 if kafkajs is not built as expected.
 */
export function installProduceHook(): void {
  if (installed) return;
  const definition = requestDefinition<ProduceArgs>('Produce', PRODUCE, PRODUCE_VERSIONS.last);
  const { protocol } = definition;
  definition.protocol = ({ version }) => {
    const make = protocol({ version });
    return (args) => (isOurs(args) ? ownProduce(make, version, args) : make(args));
  };
  installed = true;
}

function isOurs({ topicData }: ProduceArgs): boolean {
  const message = topicData[0]?.partitions[0]?.messages[0];
  return message !== undefined && Array.isArray(message.headers);
}

function ownProduce(make: (args: ProduceArgs) => Exchange, version: number, args: ProduceArgs): Exchange {
  if (version < PRODUCE_VERSIONS.first) {
    throw new SluiceError('SLU3002', `the broker speaks Produce up to version ${version}: it is older than Kafka 0.11`);
  }
  const { request, response } = make(args);
  const sequences = sequencesOfSend.getStore();
  if (sequences === undefined) return { request: { ...request, encode: () => encode(args) }, response };
  const sent = args.topicData.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, messages }) => ({ topic, partition, records: messages.length })),
  );
  return {
    request: {
      ...request,
      encode: () => {
        sequences.sent(sent);
        return encode(args, sequences);
      },
    },
    response: {
      ...response,
      parse: async (data) => {
        sequences.answered(sent, answersOf(data as ProduceAnswer));
        return response.parse(permanentFirst(data as ProduceAnswer));
      },
    },
  };
}

function answersOf({ topics }: ProduceAnswer): AnsweredPartition[] {
  return topics.flatMap(({ topicName: topic, partitions }) =>
    partitions.map(({ partition, errorCode }) => ({ topic, partition, errorCode })),
  );
}

/** kafkajs reports the first refusal and retries if that is transient. A permanent one must be reported at once. */
function permanentFirst(answer: ProduceAnswer): ProduceAnswer {
  const isPermanent = ({ errorCode }: { readonly errorCode: number }): boolean => PERMANENT.has(errorCode);
  const refused = answer.topics.filter(({ partitions }) => partitions.some(isPermanent));
  if (refused.length === 0) return answer;
  return {
    ...answer,
    topics: refused.map((topic) => ({ ...topic, partitions: topic.partitions.filter(isPermanent) })),
  };
}

async function encode(args: ProduceArgs, sequences?: Sequences): Promise<EncodedRequest> {
  const producerId = BigInt(String(args.producerId ?? -1));
  const idempotent = producerId >= 0n;
  const buffer = await writeProduceRequest({
    transactionalId: args.transactionalId ?? null,
    acks: args.acks,
    timeoutMs: args.timeout,
    codec: args.compression ?? 0,
    producerId,
    producerEpoch: idempotent ? (args.producerEpoch ?? 0) : -1,
    topics: args.topicData.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, firstSequence = 0, messages }) => ({
        partition,
        firstSequence: idempotent ? (sequences?.firstOf(topic, partition, firstSequence) ?? firstSequence) : -1,
        // One producer sends one kind of message: see isOurs.
        records: messages as readonly OutgoingRecord[],
      })),
    })),
  });
  return { buf: buffer, buffer };
}
