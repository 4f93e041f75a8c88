import { createRequire } from 'node:module';
import { SluiceError } from '#trigger';

/** The definition of one kind of request in kafkajs's `src/protocol/requests/index.js`: the parts that we read and replace. */
export interface RequestDefinition<Args> {
  /** Numbers as text. */
  readonly versions: readonly string[];
  protocol: (options: { version: number }) => (args: Args) => Exchange;
}

/** One request, and the decoding of its answer. */
export interface Exchange {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly encode: () => Promise<EncodedRequest>;
  };
  readonly response: {
    readonly decode: (bytes: Buffer) => Promise<object>;
    readonly parse: (data: object) => Promise<object>;
  };
}

/** An object that kafkajs takes for its own Encoder. */
export interface EncodedRequest {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/** Named as in kafkajs. */
type RequestName = 'AddPartitionsToTxn' | 'Fetch' | 'GroupCoordinator' | 'Produce';

interface Requests {
  readonly requests: Readonly<Record<RequestName, RequestDefinition<object>>>;
}

/**
 * A module inside of kafkajs, by its path in the package. It may have any shape, so callers must check the parts that they use.
 *
 * @throws SLU3401 if there is no such module.
 */
export function internalModule(path: string): unknown {
  try {
    return createRequire(import.meta.url)(`kafkajs/${path}`);
  } catch (cause) {
    throw new SluiceError('SLU3401', `kafkajs has no module ${path}`, { cause });
  }
}

/**
 * The definition of a request, after checks that it can be replaced by `install`.
 *
 * @throws SLU3401 if it is not built as expected, or speaks a version beyond `last`.
 */
export function requestDefinition<Args>(name: RequestName, apiKey: number, last: number): RequestDefinition<Args> {
  // Every use is inside the try, so any other shape ends as SLU3401.
  try {
    const { requests } = internalModule('src/protocol/requests/index.js') as Requests;
    const definition = requests[name];
    const newest = Math.max(...definition.versions.map(Number));
    const { request, response } = definition.protocol({ version: newest })({ topics: [], topicData: [] });
    const parts = [request.encode, response.decode, response.parse];
    if (newest !== last || request.apiKey !== apiKey || request.apiVersion !== last || !parts.every(isFunction)) {
      throw new TypeError(`its newest ${name} request is of version ${newest}, wanted ${last}`);
    }
    return definition as RequestDefinition<Args>;
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    throw new SluiceError('SLU3401', `kafkajs does not define its ${name} request as expected`, { cause });
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
