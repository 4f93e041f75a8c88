import { errorCatalogue, exitCodes } from '../error-catalogue.ts';
import type { SluiceError } from '../errors.ts';

/** The exit code of a command that ends with this error. */
export function exitCodeOf({ code }: SluiceError): number {
  return exitCodes[errorCatalogue[code].class];
}
