import type { ErrorPlace, SluiceError } from '../errors.ts';
import { ManifestError, type ManifestProblem } from '../manifest/manifest-error.ts';

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
