import { type Dir, opendirSync } from 'node:fs';
import { MOST_DESCRIPTORS, OPEN_DESCRIPTOR, type OpenFile } from './open-file.ts';
import type { ByteSink, ByteSource } from '../streams.ts';
import type { GuestHost } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import { type DescriptorType, typeOf } from './file-stat.ts';
import { attempt } from './fs-error.ts';

/** Reads a file from `offset` on, and keeps it open until it is disposed of. */
export function readingFrom(file: OpenFile, offset: bigint): ByteSource {
  file.held();
  let at = offset;
  return {
    read: (most) => {
      const bytes = file.read(most, at);
      at += BigInt(bytes.length);
      return bytes.length === 0 && most > 0 ? undefined : bytes;
    },
    close: () => file.letGo(),
  };
}

/** Writes a file from `offset` on. */
export function writingFrom(file: OpenFile, offset: bigint): ByteSink {
  file.held();
  let at = offset;
  return {
    write: (bytes) => {
      file.write(bytes, at);
      at += BigInt(bytes.length);
    },
    close: () => file.letGo(),
  };
}

/** Appends at the current end of the file. */
export function appendingTo(file: OpenFile): ByteSink {
  file.held();
  return {
    write: (bytes) => file.write(bytes, file.stats().size),
    close: () => file.letGo(),
  };
}

/** `directory-entry-stream` of wasi:filesystem/types: the entries of a folder, in no particular order, without `.` and `..`. */
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
