import { CommanderError } from 'commander';
import { type ErrorPlace, reasonOf, SluiceError } from '../../errors.ts';
import type { Io } from '../io.ts';
import { paintFor } from './paint.ts';
import type { GlobalOptions } from '../program.ts';
import { renderError } from './render-error.ts';
import { ManifestError, type ManifestProblem } from '../../manifest/manifest-error.ts';
import { errorCatalogue, exitCodes } from '../../error-catalogue.ts';

/** Tells an error on stderr. */
export function tellError(
  error: SluiceError,
  { color, verbose }: Pick<GlobalOptions, 'color' | 'verbose'>,
  io: Io,
): void {
  io.stderr.write(renderError(error, { cwd: io.cwd, verbose, paint: paintFor(io.stderr, io.env, color) }));
}

/** Anything that was thrown as an error with a code: what has none of its own is a fault of Sluice. */
export function asSluiceError(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  if (thrown instanceof CommanderError) return usageError(thrown);
  return new SluiceError('SLU9001', `something went wrong that should not: ${reasonOf(thrown)}`, {
    cause: thrown,
    fix: 'run the command again with --verbose, and report what it prints',
  });
}

/** Commander's own text: `error: ` first, and at its end, on a line of its own, what it thinks was meant. */
function usageError({ message }: CommanderError): SluiceError {
  const text = message.replace(/^error: /, '');
  const at = text.lastIndexOf(SUGGESTION);
  if (at < 0 || !text.endsWith('?)')) return new SluiceError('SLU1001', text, { fix: 'sluice --help' });
  return new SluiceError('SLU1001', text.slice(0, at), {
    fix: `did you mean ${text.slice(at + SUGGESTION.length, -'?)'.length)}?`,
  });
}

const SUGGESTION = '\n(Did you mean ';

/** An error as data: one a problem. */
export interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly place?: ErrorPlace;
  readonly fix?: string;
}

/** What `--json` tells of an error; a manifest's may be many. */
export function errorFacts(error: SluiceError): readonly ErrorFacts[] {
  if (error instanceof ManifestError) return error.problems.map((problem) => problemFacts(problem, error.file));
  const { code, message, place, fix } = error;
  return [{ code, message, ...(place === undefined ? {} : { place }), ...(fix === undefined ? {} : { fix }) }];
}

/** The same of one problem, or of one warning. */
export function problemFacts({ code, message, path, line, column, fix }: ManifestProblem, file: string): ErrorFacts {
  return { code, message, place: { file, line, column, path }, ...(fix === undefined ? {} : { fix }) };
}

/** The exit code of a command that ends with this error. */
export function exitCodeOf({ code }: SluiceError): number {
  return exitCodes[errorCatalogue[code].class];
}
