import { requestDefinition } from './internals.ts';

interface Answer {
  readonly errors: readonly {
    readonly topic: string;
    readonly partitionErrors: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

const ADD_PARTITIONS_TO_TXN = 24;
const NEWEST = 1;
/** The error of partitions that are fine, in a request where another partition is at fault. */
const OPERATION_NOT_ATTEMPTED = 55;

let installed = false;

/**
 * Finds out why partitions can't take part in a transaction: kafkajs reports the broker's error for the first one, which is mostly that
 * another one is at fault.
 *
 * @throws SLU3401 if kafkajs is not built as expected.
 */
export function installAddPartitionsHook(): void {
  if (installed) return;
  const definition = requestDefinition<object>('AddPartitionsToTxn', ADD_PARTITIONS_TO_TXN, NEWEST);
  const { protocol } = definition;
  definition.protocol = ({ version }) => {
    const make = protocol({ version });
    return (args) => {
      const exchange = make(args);
      const { response } = exchange;
      return { ...exchange, response: { ...response, parse: (data) => response.parse(withCauses(data as Answer)) } };
    };
  };
  installed = true;
}

/** The same without errors that follow from another one in it. */
function withCauses(answer: Answer): Answer {
  const isCause = ({ errorCode }: { readonly errorCode: number }): boolean =>
    errorCode !== 0 && errorCode !== OPERATION_NOT_ATTEMPTED;
  const errors = answer.errors
    .map(({ topic, partitionErrors }) => ({ topic, partitionErrors: partitionErrors.filter(isCause) }))
    .filter(({ partitionErrors }) => partitionErrors.length > 0);
  return errors.length === 0 ? answer : { ...answer, errors };
}
