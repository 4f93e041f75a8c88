import { type GuestHost, WitError } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import type { Message } from './message.ts';
import { denyOutput, denyTopic, isGrantedAny, publish, PublishFailure } from './outbox.ts';

/** `error` of wasi:messaging/types. */
type MessagingError =
  | { readonly tag: 'timeout' }
  | { readonly tag: 'connection' | 'permission-denied' | 'other'; readonly val: string };

/** A guest that names none of these, or no connection at all, leaves it to the topic which output is meant. */
const UNNAMED: ReadonlySet<string> = new Set(['', 'default']);

/** `client` of wasi:messaging/types: a granted output, or all of them. */
export class Client extends HostResource {
  /** Absent: the topic decides. */
  readonly output: string | undefined;
  isConnected = true;

  constructor(host: GuestHost, output: string | undefined) {
    super(host);
    this.output = output;
  }

  disconnect(): void {
    this.isConnected = false;
  }
}

/** The class as the guest of that host finds it. `connect` takes the name of an output; empty or `default`, the topic decides. */
export function clientFor(host: GuestHost): typeof Client {
  return class BoundClient extends Client {
    static connect(name: string): Client {
      return inItsWordsNow(() => {
        const { publish: grant } = host.grants;
        const unnamed = UNNAMED.has(name) && !Object.hasOwn(grant, name);
        if (unnamed ? Object.keys(grant).length > 0 : Object.hasOwn(grant, name))
          return new BoundClient(host, unnamed ? undefined : name);
        return denyOutput(host, name);
      });
    }
  };
}

/** wasi:messaging/producer. Takes the message over. */
export function producer(host: GuestHost): object {
  if (!isGrantedAny(host)) {
    return {
      send: (_client: Client, topic: string, message: Message): never => {
        message[Symbol.dispose]();
        return inItsWordsNow(() => denyTopic(host, topic));
      },
    };
  }
  return {
    send: async (client: Client, topic: string, message: Message): Promise<void> => {
      const sent = {
        topic,
        contentType: message.contentType(),
        headers: message.metadata() ?? [],
        data: message.data(),
      };
      message[Symbol.dispose]();
      if (!client.isConnected)
        throw new WitError<MessagingError>({ tag: 'connection', val: 'the client is disconnected' });
      try {
        await publish(host, client.output, sent);
      } catch (thrown) {
        throw inItsWords(thrown);
      }
    },
  };
}

function inItsWordsNow<T>(step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    throw inItsWords(thrown);
  }
}

const TAGS = { denied: 'permission-denied', away: 'connection', refused: 'other' } as const;

function inItsWords(thrown: unknown): unknown {
  if (!(thrown instanceof PublishFailure)) return thrown;
  return new WitError<MessagingError>({ tag: TAGS[thrown.kind], val: thrown.message });
}
