import { type GuestHost, WitError } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import { denyOutput, denyTopic, isGrantedAny, publish, PublishFailure } from './outbox.ts';

// What components of Spin publish with: `fermyon:spin/redis` and `mqtt`. Their addresses name outputs.

/** Limit of an address, in UTF-16 code units; a longer one names no output. */
const LONGEST_ADDRESS = 1024;
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
    Object.defineProperty(RedisConnection.prototype, name, { value: refuseRedis });
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
            denyTopic(host, topic);
          } catch {
            fail();
          }
        },
  };
}

function refuseRedis(): never {
  throw new WitError({ tag: 'other', val: NO_REDIS });
}

/** Throws the interfaces' error. */
function inItsWords(thrown: unknown): never {
  throw thrown instanceof PublishFailure ? new WitError({ tag: 'other', val: thrown.message }) : thrown;
}

function named(host: GuestHost, address: string): string {
  try {
    return outputAt(host, address) ?? denyOutput(host, address);
  } catch (thrown) {
    return inItsWords(thrown);
  }
}

/** An address is the name of an output, or a URL whose host is: `redis://events:6379`. `undefined`: none that is granted. */
function outputAt({ grants }: GuestHost, address: string): string | undefined {
  if (address.length > LONGEST_ADDRESS) return undefined;
  const { hostname } = URL.parse(address) ?? {};
  return [address, hostname].find((name) => name !== undefined && Object.hasOwn(grants.publish, name));
}
