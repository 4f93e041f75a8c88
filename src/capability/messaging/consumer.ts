import { type GuestHost, WitError } from '../capability.ts';
import { denyTopic, isGrantedAny, publish, PublishFailure } from './outbox.ts';

/** `broker-message` of wasmcloud:messaging/types@0.2.0. */
interface BrokerMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly replyTo?: string | undefined;
}

/** wasmcloud:messaging/consumer@0.2.0: `publish`. Outputs return no replies, so requests fail. */
export function consumer(host: GuestHost): object {
  return {
    request: (): never => {
      throw new WitError('Sluice does not wait for replies: publish the message instead');
    },
    publish: isGrantedAny(host)
      ? (message: BrokerMessage) => publishFor(host, message).catch(inItsWords)
      : ({ subject }: BrokerMessage) => {
          try {
            denyTopic(host, subject);
          } catch (thrown) {
            inItsWords(thrown);
          }
        },
  };
}

async function publishFor(host: GuestHost, { subject, body, replyTo }: BrokerMessage): Promise<void> {
  if (replyTo !== undefined) throw new WitError('Sluice passes no reply-to on: publish the message without one');
  await publish(host, undefined, { topic: subject, headers: [], data: body });
}

function inItsWords(thrown: unknown): never {
  throw thrown instanceof PublishFailure ? new WitError(thrown.message) : thrown;
}
