import { type Dir, opendirSync } from 'node:fs';
import type { GuestHost } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import { type DescriptorType, typeOf } from './file-stat.ts';
import { attempt } from './fs-error.ts';
import { MOST_DESCRIPTORS, OPEN_DESCRIPTOR } from './open-file.ts';

/** `directory-entry-stream` of wasi:filesystem/types: what is in a folder, in no particular order, without `.` and `..`. */
export class DirectoryEntryStream extends HostResource {
  readonly #entries: Dir;

  private constructor(host: GuestHost, entries: Dir) {
    super(host, MOST_DESCRIPTORS, OPEN_DESCRIPTOR);
    this.#entries = entries;
  }

  static of(host: GuestHost, path: string): DirectoryEntryStream {
    const entries = attempt(() => opendirSync(path));
    try {
      return new DirectoryEntryStream(host, entries);
    } catch (thrown) {
      entries.closeSync();
      throw thrown;
    }
  }

  readDirectoryEntry(): { readonly type: DescriptorType; readonly name: string } | undefined {
    const entry = attempt(() => this.#entries.readSync());
    return entry === null ? undefined : { type: typeOf(entry), name: entry.name };
  }

  protected override release(): void {
    this.#entries.closeSync();
  }
}
