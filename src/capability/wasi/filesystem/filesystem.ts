import type { GrantedFolder, GuestHost, Interfaces } from '../../capability.ts';
import { reasonOf } from '../../../errors.ts';
import { Descriptor } from './descriptor.ts';
import { DirectoryEntryStream } from './file-streams.ts';
import { Folder } from './folder.ts';
import type { IoError } from '../streams.ts';

/** Files below the folders of `allow.files`. Without a grant, a component gets no folders. */
export const filesystem: Interfaces = {
  'wasi:filesystem/preopens': (host) => ({
    getDirectories: () =>
      Object.entries(host.grants.files).map(([guestPath, grant]) => [granted(host, guestPath, grant), guestPath]),
  }),
  'wasi:filesystem/types': () => ({
    Descriptor,
    DirectoryEntryStream,
    filesystemErrorCode: (error: IoError) => error.code,
  }),
};

function granted(host: GuestHost, guestPath: string, grant: GrantedFolder): Descriptor {
  const { readonly } = grant;
  const folder = openAgain(guestPath, grant);
  return new Descriptor(host, { fd: folder.fd, folder, flags: { read: true, mutateDirectory: !readonly }, readonly });
}

/** Uses the descriptor that was opened at the start, never the name: the name may lead elsewhere by now. */
function openAgain(guestPath: string, { fd, host }: GrantedFolder): Folder {
  try {
    return Folder.again(fd, host);
  } catch (cause) {
    throw new Error(`allow.files "${guestPath}": the folder ${host} can't be opened: ${reasonOf(cause)}`, { cause });
  }
}
