/** What `fs.stat` tells of who may do what. */
interface Ownership {
  readonly uid: number;
  readonly mode: number;
}

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Why a file or folder may hold what a user other than this one or root wrote; `undefined` when it can't. On Windows, where files have no
 * mode, always `undefined`. Root is no exception: it must not run what another user wrote.
 */
export function foreignHand(
  { uid, mode }: Ownership,
  self: number | undefined = process.geteuid?.(),
): string | undefined {
  if (self === undefined) return undefined;
  if (uid !== self && uid !== 0) return `it belongs to user ${uid}, and this is user ${self}`;
  return (mode & WRITABLE_BY_OTHERS) === 0
    ? undefined
    : `other users may write there (mode ${(mode & 0o777).toString(8)})`;
}
