import { WitError } from '../../capability.ts';

/** `error-code` of wasi:filesystem/types, by the name that Node gives the same error. */
const codes = {
  EACCES: 'access',
  EAGAIN: 'would-block',
  EBADF: 'bad-descriptor',
  EBUSY: 'busy',
  EDQUOT: 'quota',
  EEXIST: 'exist',
  EFBIG: 'file-too-large',
  EILSEQ: 'illegal-byte-sequence',
  EINTR: 'interrupted',
  EINVAL: 'invalid',
  EIO: 'io',
  EISDIR: 'is-directory',
  ELOOP: 'loop',
  EMFILE: 'insufficient-memory',
  EMLINK: 'too-many-links',
  ENAMETOOLONG: 'name-too-long',
  ENFILE: 'insufficient-memory',
  ENODEV: 'no-device',
  ENOENT: 'no-entry',
  ENOMEM: 'insufficient-memory',
  ENOSPC: 'insufficient-space',
  ENOSYS: 'unsupported',
  ENOTDIR: 'not-directory',
  ENOTEMPTY: 'not-empty',
  ENOTSUP: 'unsupported',
  ENXIO: 'no-such-device',
  EOVERFLOW: 'overflow',
  EPERM: 'not-permitted',
  EROFS: 'read-only',
  ETXTBSY: 'text-file-busy',
  EXDEV: 'cross-device',
} as const;

export type FsErrorCode = (typeof codes)[keyof typeof codes];

export function fsError(code: FsErrorCode): WitError<FsErrorCode> {
  return new WitError(code);
}

/** Returns the result of `step`. A failure of the system is thrown as the interface's own error. */
export function attempt<T>(step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown)) throw thrown;
    // Node's permission model in a child process allows no links without access to all paths.
    if (thrown.code === 'ERR_ACCESS_DENIED') throw fsError('access');
    if (!('syscall' in thrown)) throw thrown;
    throw fsError(isKnown(thrown.code) ? codes[thrown.code] : 'io');
  }
}

function isKnown(code: unknown): code is keyof typeof codes {
  return typeof code === 'string' && Object.hasOwn(codes, code);
}
