/** For programs that read or check Sluice applications. Adapters are written against `sluice/trigger` and tested with `sluice/conformance`. */
export { errorCatalogue, exitCodes } from './error-catalogue.ts';
export { type ErrorCode, type ErrorPlace, SluiceError } from './errors.ts';
export type * from './manifest/app.ts';
export { type JsonSchema, manifestJsonSchema } from './manifest/schema/json-schema.ts';
export { ManifestError, type ManifestFrame, type ManifestProblem } from './manifest/manifest-error.ts';
export { type ManifestContext, manifestWarnings, parseManifest } from './manifest/parse-manifest.ts';
