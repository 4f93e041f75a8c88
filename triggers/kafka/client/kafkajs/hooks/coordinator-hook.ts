import { AsyncLocalStorage } from 'node:async_hooks';
import { type Exchange, requestDefinition } from './internals.ts';

/** The last refusal of a broker to name the coordinator of a group or a transactional id. */
interface Answer {
  refusal?: unknown;
}

const FIND_COORDINATOR = 10;
const NEWEST = 2;

/** Kept per request: another connection may ask another cluster about a group of the same name. */
const answers = new AsyncLocalStorage<Answer>();

let installed = false;

/**
 * Remembers why a broker does not name a coordinator: kafkajs then asks the other brokers, and in the end reports only that there is no
 * coordinator. A missing permission must not look like an outage.
 *
 * @throws SLU3401 if kafkajs is not built as expected.
 */
export function installCoordinatorHook(): void {
  if (installed) return;
  const definition = requestDefinition<object>('GroupCoordinator', FIND_COORDINATOR, NEWEST);
  const { protocol } = definition;
  definition.protocol = ({ version }) => {
    const make = protocol({ version });
    return (args) => {
      const answer = answers.getStore();
      return answer === undefined ? make(args) : remembering(make(args), answer);
    };
  };
  installed = true;
}

/** Rejects as `question` does; if that says only that there is no coordinator, rejects with the cause. */
export async function tellingRefusal<T>(question: () => Promise<T>): Promise<T> {
  const answer: Answer = {};
  try {
    return await answers.run(answer, question);
  } catch (thrown) {
    throw (isNotFound(thrown) ? answer.refusal : undefined) ?? thrown;
  }
}

function remembering(exchange: Exchange, answer: Answer): Exchange {
  const { response } = exchange;
  const parse = async (data: object): Promise<object> => {
    try {
      const parsed = await response.parse(data);
      delete answer.refusal;
      return parsed;
    } catch (thrown) {
      answer.refusal = thrown;
      throw thrown;
    }
  };
  return { ...exchange, response: { ...response, parse } };
}

function isNotFound(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return thrown.name === 'KafkaJSGroupCoordinatorNotFound' || isNotFound(thrown.cause);
}
