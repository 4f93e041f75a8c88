/**
 * The newest export that is the interface `name` in a version compatible with `version`: `0.1` admits 0.1.0 and 0.1.7, as semantic
 * versioning has it below 1.0. An export without a version, or of a draft, is another interface.
 */
export function compatibleExport(exports: readonly string[], name: string, version: string): string | undefined {
  const prefix = `${name}@${version}.`;
  const releaseOf = (entry: string): number => Number(entry.slice(prefix.length));
  const releases = exports.filter((entry) => entry.startsWith(prefix) && /^\d+$/.test(entry.slice(prefix.length)));
  return releases.toSorted((a, b) => releaseOf(b) - releaseOf(a))[0];
}
