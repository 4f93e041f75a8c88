import { answerOf, completed, failedBy } from './answer-of.ts';
import { type Answer, type Contract, functionExport, type GuestEvent, MalformedAnswer } from './contract.ts';
import { cloudAttributes } from './cloud-attributes.ts';

interface InboundRedis {
  readonly handleMessage: (message: Uint8Array) => unknown;
}

/**
 * `handle-message: func(payload) -> result<_, error>` of Spin's `fermyon:spin/inbound-redis`, which has no version. It carries only the data. Its
 * error is one of the cases `success` and `error`; either requests another attempt.
 */
export const spinRedis: Contract = {
  name: 'fermyon:spin/inbound-redis',
  madeFor: 'message',
  lacks: 'a subject, headers, attributes, the attempt',
  entry: (exports) => exports.find((entry) => entry === 'fermyon:spin/inbound-redis'),
  functionOf: (entry) => `${entry}#handle-message`,
  bind(exported) {
    const { handleMessage } = exported as InboundRedis; // its type was checked by the transpiler
    return { one: ({ data }) => answerOf(() => handleMessage(data), completed, failedBy) };
  },
};

type HandleMessage = (payload: Uint8Array, metadata: { readonly topic: string }) => unknown;

/**
 * Spin's `handle-message: func(payload, metadata) -> result<_, error>` of `spin:mqtt-trigger`, a function of the world without a version. It carries
 * the data, and the subject as topic.
 */
export const spinMqtt: Contract = {
  name: 'spin:mqtt-trigger',
  madeFor: 'message',
  lacks: 'headers, attributes, the attempt',
  entry: functionExport('handle-message', /^spin:mqtt-trigger\/[\w-]+$/),
  functionOf: (entry) => entry,
  bind(exported) {
    const handleMessage = exported as HandleMessage; // its type was checked by the transpiler
    return {
      one: ({ data, subject }) => answerOf(() => handleMessage(data, { topic: subject }), completed, failedBy),
    };
  },
};

type HandleCronEvent = (metadata: { readonly timestamp: bigint }) => unknown;

/**
 * Spin's `handle-cron-event: func(metadata) -> result<_, error>` of `fermyon:spin-cron@2.0.0`, a function of the world. It carries only the time of
 * the slot, in seconds since 1970.
 */
export const spinCron: Contract = {
  name: 'fermyon:spin-cron',
  madeFor: 'tick',
  lacks: 'data, headers, attributes, the attempt',
  entry: functionExport('handle-cron-event', /^fermyon:spin-cron\/[\w-]+@2\./),
  functionOf: (entry) => entry,
  bind(exported) {
    const handleCronEvent = exported as HandleCronEvent; // its type was checked by the transpiler
    return {
      one: ({ time }) => answerOf(() => handleCronEvent({ timestamp: time / 1_000_000_000n }), completed, failedBy),
    };
  },
};

type HandleQueueMessage = (message: Message) => unknown;

interface Message {
  readonly id: string;
  readonly messageAttributes: readonly MessageAttribute[];
  readonly body: string | undefined;
}

interface MessageAttribute {
  readonly name: string;
  readonly dataType: string;
  readonly value: { readonly tag: 'str'; readonly val: string } | { readonly tag: 'binary'; readonly val: Uint8Array };
}

/**
 * Spin's `handle-queue-message: func(message) -> result<message-action, error>` of `fermyon:spin-sqs@2.0.0`, a function of the world. Headers and
 * attributes become attributes of the message. `delete` completes, `leave` requests another attempt.
 */
export const spinSqs: Contract = {
  name: 'fermyon:spin-sqs',
  madeFor: 'message',
  entry: functionExport('handle-queue-message', /^fermyon:spin-sqs\/[\w-]+@2\./),
  functionOf: (entry) => entry,
  bind(exported) {
    const handleQueueMessage = exported as HandleQueueMessage; // its type was checked by the transpiler
    return { one: (event) => answerOf(() => handleQueueMessage(messageOf(event)), actionOf, failedBy) };
  },
};

/** A body of SQS is text. Data that are not text become the attribute `data`. */
function messageOf(event: GuestEvent): Message {
  const body = textOf(event.data);
  const attributes = [...event.headers, ...cloudAttributes(event)].map(([name, val]): MessageAttribute => ({
    name,
    dataType: 'String',
    value: { tag: 'str', val },
  }));
  if (body === undefined) {
    attributes.push({ name: 'data', dataType: 'Binary', value: { tag: 'binary', val: event.data } });
  }
  return { id: event.id, messageAttributes: attributes, body };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(data: Uint8Array): string | undefined {
  try {
    return decoder.decode(data);
  } catch {
    return undefined;
  }
}

function actionOf(action: unknown): Answer {
  if (action === 'delete') return { kind: 'completed', messages: [] };
  if (action === 'leave') return { kind: 'failed', reason: 'the component left the message in the queue' };
  throw new MalformedAnswer('wanted delete or leave');
}
