import { CommanderError } from 'commander';
import { type ErrorPlace, reasonOf, SluiceError } from '../../errors.ts';
import type { Io } from '../io.ts';
import { paintFor } from './paint.ts';
import type { GlobalOptions } from '../program.ts';
import { renderError } from './render-error.ts';
import { ManifestError, type ManifestProblem } from '../../manifest/manifest-error.ts';
import { errorCatalogue, exitCodes } from '../../error-catalogue.ts';

/** Prints an error on stderr. */
export function printError(
  error: SluiceError,
  { color, verbose }: Pick<GlobalOptions, 'color' | 'verbose'>,
  io: Io,
): void {
  io.stderr.write(renderError(error, { cwd: io.cwd, verbose, paint: paintFor(io.stderr, io.env, color) }));
}

/** Any thrown value as an error with a code. A value without a code is a fault of Sluice. */
export function asSluiceError(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  if (thrown instanceof CommanderError) return usageError(thrown);
  return new SluiceError('SLU9001', `internal error: ${reasonOf(thrown)}`, {
    cause: thrown,
    fix: 'run the command again with --verbose, and report what it prints',
  });
}

/** Commander's text begins with `error: ` and may end with a suggestion on a separate line. */
function usageError({ message }: CommanderError): SluiceError {
  const text = message.replace(/^error: /, '');
  const at = text.lastIndexOf(SUGGESTION);
  if (at < 0 || !text.endsWith('?)')) return new SluiceError('SLU1001', text, { fix: 'sluice --help' });
  return new SluiceError('SLU1001', text.slice(0, at), {
    fix: `did you mean ${text.slice(at + SUGGESTION.length, -'?)'.length)}?`,
  });
}

const SUGGESTION = '\n(Did you mean ';

/** An error as data. A manifest error has one of these for each problem. */
export interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly place?: ErrorPlace;
  readonly fix?: string;
}

/** An error as `--json` prints it; a manifest error may give many. */
export function errorFacts(error: SluiceError): readonly ErrorFacts[] {
  if (error instanceof ManifestError) return error.problems.map((problem) => problemFacts(problem, error.file));
  const { code, message, place, fix } = error;
  return [{ code, message, ...(place === undefined ? {} : { place }), ...(fix === undefined ? {} : { fix }) }];
}

/** The same for one problem or warning. */
export function problemFacts({ code, message, path, line, column, fix }: ManifestProblem, file: string): ErrorFacts {
  return { code, message, place: { file, line, column, path }, ...(fix === undefined ? {} : { fix }) };
}

/** The exit code of a command that ends with this error. */
export function exitCodeOf({ code }: SluiceError): number {
  return exitCodes[errorCatalogue[code].class];
}
