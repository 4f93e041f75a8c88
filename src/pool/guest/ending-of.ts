import { GuestExit, NotGranted } from '../../capability/capability.ts';
import { NotProvided } from '../../capability/stub.ts';
import { MalformedValue, OutputTooLarge } from '../../component/glue/glue-boundary.ts';
import { MalformedAnswer } from '../../contract/contract.ts';
import { reasonOf } from '../../errors.ts';
import { LONGEST_REASON, shortened } from '../../bounded-text.ts';
import type { TrapCause } from '../../outcome.ts';
import type { Ending } from '../wire/outcome-batch.ts';
import type { Instance } from './instance.ts';

/** The outcome of a call that ended in a throw. The instance is not to be used again. */
export function endingOf(thrown: unknown, instance: Instance): Ending {
  const cause = causeOf(thrown, instance);
  return { kind: 'trapped', cause, reason: shortened(`${PREFIX[cause]}${reasonOf(thrown)}`, LONGEST_REASON) };
}

const PREFIX: Readonly<Record<TrapCause, string>> = {
  trap: '',
  memory: 'out of memory: ',
  malformed: 'malformed answer: ',
  denied: '',
  'output-too-large': '',
  exit: '',
  instantiation: 'an instance could not be made: ',
};

function causeOf(thrown: unknown, instance: Instance): TrapCause {
  if (thrown instanceof NotGranted || thrown instanceof NotProvided) return 'denied';
  if (thrown instanceof GuestExit) return 'exit';
  if (thrown instanceof OutputTooLarge) return 'output-too-large';
  if (thrown instanceof MalformedAnswer || thrown instanceof MalformedValue) return 'malformed';
  if (instance.memoryIsFull()) return 'memory';
  return isLiftingError(thrown) ? 'malformed' : 'trap';
}

/** Generated code that finds no value where one should be throws these. A guest that runs out of stack throws a RangeError, too. */
function isLiftingError(thrown: unknown): boolean {
  if (thrown instanceof RangeError) return !thrown.message.includes('call stack');
  return thrown instanceof TypeError;
}
