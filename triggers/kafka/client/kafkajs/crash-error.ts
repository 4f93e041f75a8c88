import { SluiceError } from '#trigger';
import { kafkaError } from '../kafka-error.ts';

/** How often in a row a crash for an unknown reason counts as transient. */
const TRIES = 6;

const PASSING =
  /^KafkaJS(?:Connection(?:Closed)?Error|RequestTimeoutError|BrokerNotFound|NoBrokerAvailableError|(?:Topic)?MetadataNotLoaded|GroupCoordinatorNotFound|NumberOfRetriesExceeded|LockTimeout)$/;

const COORDINATOR_BUSY = /^(?:GROUP_LOAD_IN_PROGRESS|GROUP_COORDINATOR_NOT_AVAILABLE|NOT_COORDINATOR_FOR_GROUP)$/;

/**
 * Why a consumer of the library has ended. The trigger waits for a broker that is away without a limit. An unknown reason may be a fault of the
 * library or ours, and a trigger that repeatedly meets it must not look as if it only waited.
 */
export function crashError(thrown: Error, addresses: string): SluiceError {
  const error = kafkaError(thrown, addresses);
  if (error.code !== 'SLU3403' || isPassing(thrown)) return error;
  return new SluiceError('SLU3412', `the Kafka client gave up: ${thrown.message}`, {
    cause: thrown,
    transient: true,
    tries: TRIES,
    state: 'uncommitted records will be delivered again',
  });
}

/** The coordinator of the group has just started, or is handing the group over. The library treats its answer as fatal. */
export function isCoordinatorBusy(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return ('type' in thrown && COORDINATOR_BUSY.test(String(thrown.type))) || isCoordinatorBusy(thrown.cause);
}

function isPassing(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown instanceof SluiceError || PASSING.test(thrown.name) || isCoordinatorBusy(thrown)) return true;
  return ('code' in thrown && /^E[A-Z]+$/.test(String(thrown.code))) || isPassing(thrown.cause);
}
