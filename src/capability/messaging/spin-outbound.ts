import { shortened } from '../../bounded-text.ts';
import { type GuestHost, WitError } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import { denied, deny, isGrantedAny, publish, PublishFailure } from './outbox.ts';

// What components of Spin publish with: `fermyon:spin/redis` and `mqtt`. Their addresses name outputs.

const LONGEST_SHOWN = 200;
const NO_REDIS = 'Sluice is no client of Redis: it serves publish alone, and key-value stores by allow.keyvalue';

/** Functions of redis that Sluice does not serve, in the form of generated code. */
const unserved = ['get', 'set', 'incr', 'del', 'sadd', 'smembers', 'srem', 'execute'] as const;

/** `connection` of either interface: a granted output. */
class Connection extends HostResource {
  readonly #output: string;

  constructor(host: GuestHost, output: string) {
    super(host);
    this.#output = output;
  }

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    await publish(this.host, this.#output, { topic, headers: [], data: payload }).catch(inItsWords);
  }
}

/** `fermyon:spin/redis@2.0.0` for one instance. */
export function spinRedis(host: GuestHost): object {
  class RedisConnection extends Connection {
    static open(address: string): Connection {
      return new RedisConnection(host, named(host, address));
    }
  }
  for (const name of unserved) {
    Object.defineProperty(RedisConnection.prototype, name, { value: () => inItsWords(new Unserved(NO_REDIS)) });
  }
  return { Connection: RedisConnection };
}

/** `fermyon:spin/mqtt@2.0.0` for one instance. Who logs in, and how often, is the output's own. */
export function spinMqtt(host: GuestHost): object {
  return {
    Connection: class MqttConnection extends Connection {
      static open(address: string): Connection {
        return new MqttConnection(host, named(host, address));
      }
    },
  };
}

/** `fermyon:spin/redis` without a version: each call has the address, and its error says nothing. */
export function firstSpinRedis(host: GuestHost): object {
  const fail = (): never => {
    throw new WitError('error');
  };
  return {
    ...Object.fromEntries(unserved.map((name) => [name, fail])),
    publish: isGrantedAny(host)
      ? async (address: string, topic: string, payload: Uint8Array) => {
          const output = outputAt(host, address) ?? address;
          await publish(host, output, { topic, headers: [], data: payload }).catch(fail);
        }
      : (_address: string, topic: string) => {
          try {
            deny(host, topic);
          } catch {
            fail();
          }
        },
  };
}

class Unserved extends Error {}

/** Throws the interfaces' error. */
function inItsWords(thrown: unknown): never {
  if (!(thrown instanceof PublishFailure || thrown instanceof Unserved)) throw thrown;
  throw new WitError({ tag: 'other', val: thrown.message });
}

function named(host: GuestHost, address: string): string {
  try {
    return (
      outputAt(host, address) ?? denied(host, `allow.publish has no output '${shortened(address, LONGEST_SHOWN)}'`)
    );
  } catch (thrown) {
    return inItsWords(thrown);
  }
}

/** An address is the name of an output, or a URL whose host is: `redis://events:6379`. `undefined`: none that is granted. */
function outputAt({ grants }: GuestHost, address: string): string | undefined {
  const { hostname } = URL.parse(address) ?? {};
  return [address, hostname].find((name) => name !== undefined && Object.hasOwn(grants.publish, name));
}
