import { madeFor } from '../host-resource.ts';
import { type Capability, type GuestHost, interfaceName } from '../capability.ts';
import { consumer } from './consumer.ts';
import { Message } from './message.ts';
import { clientFor, producer } from './producer.ts';
import { publishService } from './publish-service.ts';
import { firstSpinRedis, spinMqtt, spinRedis } from './spin-outbound.ts';

/** wasmCloud's topic is always a text. */
class WasmcloudMessage extends Message {
  override topic(): string {
    return super.topic() ?? '';
  }
}

interface Provided {
  readonly suspends: readonly string[];
  /** What of it always fails, for a person. */
  readonly lacks?: string;
  bind(host: GuestHost): object;
}

const types = (message: typeof Message): Provided => ({
  suspends: [],
  bind: (host) => ({ Client: clientFor(host), Message: madeFor(host, message) }),
});

const NO_REDIS = 'only publish works: Sluice is no client of Redis';

const interfaces: Readonly<Record<string, Provided>> = {
  'wasi:messaging/types@0.2.0-draft': types(Message),
  'wasi:messaging/producer@0.2.0-draft': { suspends: ['send'], bind: producer },
  'wasmcloud:messaging/types@0.3.0': types(WasmcloudMessage),
  'wasmcloud:messaging/producer@0.3.0': { suspends: ['send'], bind: producer },
  'wasmcloud:messaging/consumer@0.2.0': {
    suspends: ['publish'],
    lacks: 'request fails: Sluice waits for no replies',
    bind: consumer,
  },
  'fermyon:spin/redis': { suspends: ['publish'], lacks: NO_REDIS, bind: firstSpinRedis },
  'fermyon:spin/redis@2.0.0': { suspends: ['[method]connection.publish'], lacks: NO_REDIS, bind: spinRedis },
  'fermyon:spin/mqtt@2.0.0': { suspends: ['[method]connection.publish'], bind: spinMqtt },
};

/**
 * Publishing by components while they run, to the outputs and topics of `allow.publish`. Also the message of wasi:messaging, which handlers receive
 * and may make, without a grant.
 */
export const messaging: Capability = {
  name: 'messaging',
  waitsOutside: true,

  provides(importName) {
    const { suspends } = providedBy(importName) ?? {};
    return suspends && { suspends };
  },

  async bind(importName, host) {
    const provided = providedBy(importName);
    if (provided === undefined) throw new TypeError(`${importName} is not an interface of messaging`);
    return provided.bind(host);
  },

  serve: publishService,
};

function providedBy(importName: string): Provided | undefined {
  return Object.hasOwn(interfaces, importName) ? interfaces[importName] : undefined;
}

/** Whether that interface publishes: it needs a grant. */
export function publishes(importName: string): boolean {
  const { path } = interfaceName(importName);
  return providedBy(importName) !== undefined && !path.endsWith('/types');
}

/** What of that interface fails whatever the manifest grants, for a person. `undefined`: nothing. */
export function lacksOf(importName: string): string | undefined {
  return providedBy(importName)?.lacks;
}

/** The class of messages of the interface that an import or export belongs to. */
export function messageClass(name: string): typeof Message {
  return name.startsWith('wasmcloud:') ? WasmcloudMessage : Message;
}
