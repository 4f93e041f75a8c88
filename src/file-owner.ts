/** The owner and mode from `fs.stat`. */
interface Ownership {
  readonly uid: number;
  readonly mode: number;
}

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Why a user other than this one or root may have written a file or folder; `undefined` if none can have. On Windows, where files have no mode,
 * always `undefined`. The rule holds for root too: it must not run another user's code.
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
