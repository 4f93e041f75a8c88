import { madeFor, NeverMade } from '../host-resource.ts';
import { type Capability, interfaceName, WitError } from '../capability.ts';
import { Message } from './message.ts';

/** Interfaces that define the message, by name and version. wasmCloud's topic is always a text. */
const versions: Readonly<Record<string, string>> = {
  'wasi:messaging/types': '0.2.0-draft',
  'wasmcloud:messaging/types': '0.3.0',
};

class WasmcloudMessage extends Message {
  override topic(): string {
    return super.topic() ?? '';
  }
}

/** A connection to a broker; it is never granted. */
abstract class Client extends NeverMade {
  static connect(): never {
    throw new WitError({ tag: 'permission-denied', val: 'no connection is granted' });
  }
}

/** The message of wasi:messaging. Handlers receive one, and may make others. Needs no grant; nothing is published through it. */
export const messaging: Capability = {
  name: 'messaging',

  provides(importName) {
    const { path, version } = interfaceName(importName);
    return versions[path] === version ? { suspends: [] } : undefined;
  },

  bind: async (importName, host) => ({
    Client,
    Message: madeFor(host, messageClass(importName)),
  }),
};

/** The class of messages of the interface that an import or export belongs to. */
export function messageClass(name: string): typeof Message {
  return name.startsWith('wasmcloud:') ? WasmcloudMessage : Message;
}
