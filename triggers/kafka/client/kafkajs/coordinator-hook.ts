import { type Exchange, requestDefinition } from './internals.ts';

/** What kafkajs asks for: who coordinates a group, or a transactional id, which it calls a group id too. */
interface CoordinatorArgs {
  readonly groupId: string;
  readonly coordinatorType?: number;
}

const coordinated = { group: 0, transactionalId: 1 } as const;

const FIND_COORDINATOR = 10;
const NEWEST = 2;

/** What brokers have answered last to questions that they refused, by kind and id. */
const refusals = new Map<string, unknown>();

let installed = false;

/**
 * Remembers why a broker does not say who coordinates something: kafkajs then asks the other brokers, and all that it tells in the end is
 * that there is no coordinator. A permission that is missing must not look like an outage.
 *
 * @throws SLU3401 if kafkajs is not built as expected.
 */
export function installCoordinatorHook(): void {
  if (installed) return;
  const definition = requestDefinition<CoordinatorArgs>('GroupCoordinator', FIND_COORDINATOR, NEWEST);
  const { protocol } = definition;
  definition.protocol = ({ version }) => {
    const make = protocol({ version });
    return (args) => remembering(make(args), args);
  };
  installed = true;
}

/** What stands behind `thrown` if that says only that there is no coordinator; else `thrown`. */
export function coordinatorRefusal(thrown: unknown, kind: keyof typeof coordinated, id: string): unknown {
  return (isNotFound(thrown) ? refusals.get(keyOf(coordinated[kind], id)) : undefined) ?? thrown;
}

function remembering(exchange: Exchange, { groupId, coordinatorType = coordinated.group }: CoordinatorArgs): Exchange {
  const { response } = exchange;
  const key = keyOf(coordinatorType, groupId);
  const parse = async (data: object): Promise<object> => {
    try {
      const answer = await response.parse(data);
      refusals.delete(key);
      return answer;
    } catch (thrown) {
      refusals.set(key, thrown);
      throw thrown;
    }
  };
  return { ...exchange, response: { ...response, parse } };
}

function keyOf(type: number, id: string): string {
  return `${type}/${id}`;
}

function isNotFound(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return thrown.name === 'KafkaJSGroupCoordinatorNotFound' || isNotFound(thrown.cause);
}
