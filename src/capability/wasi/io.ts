import type { Interfaces } from './interfaces.ts';
import { poll, Pollable } from './pollable.ts';
import { InputStream, IoError, OutputStream } from './streams.ts';

export const io: Interfaces = {
  'wasi:io/error': () => ({ Error: IoError }),
  'wasi:io/poll': () => ({ Pollable, poll }),
  'wasi:io/streams': () => ({ InputStream, OutputStream }),
};
