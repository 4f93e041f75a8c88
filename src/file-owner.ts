/** What `fs.stat` tells of who may do what. */
interface Ownership {
  readonly uid: number;
  readonly mode: number;
}

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Why what a file or folder holds may come from somebody else than this user or root; `undefined` when it can't. Windows, where files have no
 * mode, tells nothing. Root is no exception: it must not run what another user wrote.
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
