import type { ErrorPlace, SluiceError } from '../errors.ts';
import { ManifestError } from '../manifest/manifest-error.ts';

/** An error as data: one a problem. */
export interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly place?: ErrorPlace;
  readonly fix?: string;
}

/** What `--json` tells of an error; a manifest's may be many. */
export function errorFacts(error: SluiceError): readonly ErrorFacts[] {
  if (error instanceof ManifestError) {
    return error.problems.map(({ code, message, path, line, column, fix }) => {
      return { code, message, place: { file: error.file, line, column, path }, ...(fix === undefined ? {} : { fix }) };
    });
  }
  const { code, message, place, fix } = error;
  return [{ code, message, ...(place === undefined ? {} : { place }), ...(fix === undefined ? {} : { fix }) }];
}
