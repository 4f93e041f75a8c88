/**
 * The first export that is the interface `name` in a version compatible with `version`: `0.1` admits 0.1.0 and 0.1.7, as semantic
 * versioning has it below 1.0. An export without a version is not ours.
 */
export function compatibleExport(exports: readonly string[], name: string, version: string): string | undefined {
  return exports.find((entry) => entry.startsWith(`${name}@${version}.`));
}
