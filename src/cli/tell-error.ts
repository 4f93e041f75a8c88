import { CommanderError } from 'commander';
import { reasonOf, SluiceError } from '../errors.ts';
import type { Io } from './io.ts';
import { paintFor } from './paint.ts';
import type { GlobalOptions } from './program.ts';
import { renderError } from './render-error.ts';

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

function usageError({ message }: CommanderError): SluiceError {
  const [, cause = message, suggestion] = /^(?:error: )?(.*?)(?:\n\(Did you mean (.*)\?\))?$/s.exec(message) ?? [];
  return new SluiceError('SLU1001', cause, {
    fix: suggestion === undefined ? 'sluice --help' : `did you mean ${suggestion}?`,
  });
}
