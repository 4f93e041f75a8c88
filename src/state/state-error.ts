import { reasonOf, SluiceError } from '../errors.ts';

/** Primary result codes of SQLite: https://www.sqlite.org/rescode.html */
const PERM = 3;
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOT_A_DATABASE = 26;
/** Anything else that was thrown, by SQLite or not. */
const OTHER = -1;

/** Whether another process holds the requested lock. */
export function isLocked(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code === BUSY || code === LOCKED;
}

/** Turns SQLite's error into ours. An error that does not come from the file (a mutation's own, wrong SQL, a constraint) is returned unchanged. */
export function stateError(thrown: unknown, path: string): unknown {
  const place = { file: path };
  switch (resultCode(thrown)) {
    case PERM:
    case CANTOPEN:
      return notOpened(thrown, path);
    case CORRUPT:
    case NOT_A_DATABASE:
      return new SluiceError('SLU4003', `the state file is not a sound SQLite database: ${reasonOf(thrown)}`, {
        cause: thrown,
        place,
        fix: `restore a copy, or move it away: mv ${path} ${path}.corrupt`,
        state: 'the file was not changed',
      });
    case READONLY:
    case IOERR:
    case FULL:
      return new SluiceError('SLU4004', `a commit to the state file failed: ${reasonOf(thrown)}`, {
        cause: thrown,
        place,
        transient: true,
        fix: 'free some space, check that the file can be written, or name another place in the manifest: [state] path',
        state: 'what was not committed was not confirmed',
      });
    case BUSY:
    case LOCKED:
      return new SluiceError('SLU4005', `another process holds the write lock of the state file: ${reasonOf(thrown)}`, {
        cause: thrown,
        place,
        transient: true,
        fix: `find it with: fuser ${path}`,
        state: 'what was not committed was not confirmed',
      });
    default:
      return thrown;
  }
}

/** For errors before there is a database: the folder can't be created, the file can't be opened. */
export function notOpened(thrown: unknown, path: string): SluiceError {
  return new SluiceError('SLU4001', `the state file can't be opened: ${reasonOf(thrown)}`, {
    cause: thrown,
    place: { file: path },
    fix: 'check that this user may write there, or name another place in the manifest: [state] path = "/var/lib/sluice/state.db"',
  });
}

function resultCode(thrown: unknown): number {
  return thrown instanceof Error && 'errcode' in thrown ? Number(thrown.errcode) & 0xff : OTHER;
}
