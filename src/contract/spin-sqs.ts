import { answerOf, failedBy } from './answer-of.ts';
import { type Answer, type Contract, type GuestEvent, MalformedAnswer } from './contract.ts';
import { cloudAttributes } from './cloud-attributes.ts';
import { functionExport } from './function-export.ts';

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
 * Spin's `handle-queue-message: func(message) -> result<message-action, error>` of `fermyon:spin-sqs@2.0.0`, a function of the world. Headers
 * and attributes are attributes of the message. `delete` completes, `leave` asks for another attempt.
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

/** SQS has no bytes for a body: data that are not text are an attribute, `data`. */
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
