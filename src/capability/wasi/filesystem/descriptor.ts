import {
  type BigIntStats,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import type { GuestHost } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import { appendingTo, DirectoryEntryStream, readingFrom, writingFrom } from './file-streams.ts';
import {
  type DescriptorStat,
  type DescriptorType,
  hashOf,
  type MetadataHash,
  type NewTimestamp,
  secondsOf,
  statOf,
  typeOf,
} from './file-stat.ts';
import type { Folder } from './folder.ts';
import { fsError } from './fs-error.ts';
import { type DescriptorFlags, needsWriting, type OpenFlags, openIn } from './open-in.ts';
import { OpenFile } from './open-file.ts';
import { InputStream, OutputStream } from '../streams.ts';
import { isTooLong, walk } from './walk.ts';

interface PathFlags {
  readonly symlinkFollow?: boolean;
}

/** The parts of a descriptor. */
export interface Opened {
  readonly fd: number;
  /** Set if it is a folder. */
  readonly folder: Folder | undefined;
  readonly flags: DescriptorFlags;
  /** Whether its grant allows changes. */
  readonly readonly: boolean;
}

const STAY = { followLast: false };

/** `descriptor` of wasi:filesystem/types: an open file or folder. Operations by path start in a folder and never leave it. */
export class Descriptor extends HostResource {
  readonly #file: OpenFile;
  readonly #opened: Opened;

  constructor(host: GuestHost, opened: Opened) {
    const file = OpenFile.of(host, opened.fd);
    super(host);
    this.#file = file.held();
    this.#opened = opened;
  }

  readViaStream(offset: bigint): InputStream {
    return new InputStream(this.host, readingFrom(this.#contents, offset));
  }

  writeViaStream(offset: bigint): OutputStream {
    return new OutputStream(this.host, writingFrom(this.#contents, offset));
  }

  appendViaStream(): OutputStream {
    return new OutputStream(this.host, appendingTo(this.#contents));
  }

  /** Advice is ignored. */
  advise(): void {}

  syncData(): void {
    this.#file.syncData();
  }

  sync(): void {
    this.#file.sync();
  }

  getFlags(): DescriptorFlags {
    return this.#opened.flags;
  }

  getType(): DescriptorType {
    return typeOf(this.#file.stats());
  }

  setSize(size: bigint): void {
    this.#contents.resize(size);
  }

  setTimes(accessed: NewTimestamp, modified: NewTimestamp): void {
    this.#mustBeWritable();
    this.#file.setTimes(accessed, modified);
  }

  read(length: bigint, offset: bigint): [bytes: Uint8Array, end: boolean] {
    const bytes = this.#contents.read(Number(length), offset);
    return [bytes, bytes.length === 0];
  }

  write(bytes: Uint8Array, offset: bigint): bigint {
    this.#contents.write(bytes, offset);
    return BigInt(bytes.length);
  }

  readDirectory(): DirectoryEntryStream {
    return DirectoryEntryStream.of(this.host, this.#folder.pathOf('.'));
  }

  createDirectoryAt(path: string): void {
    this.#change(path, (place) => mkdirSync(place));
  }

  stat(): DescriptorStat {
    return statOf(this.#file.stats());
  }

  statAt(flags: PathFlags, path: string): DescriptorStat {
    return statOf(this.#statsAt(flags, path));
  }

  setTimesAt(flags: PathFlags, path: string, accessed: NewTimestamp, modified: NewTimestamp): void {
    this.#mustBeWritable();
    walk(this.#folder, path, following(flags), (place) => {
      const { atimeNs, mtimeNs } = lstatSync(place, { bigint: true });
      lutimesSync(place, secondsOf(accessed, atimeNs), secondsOf(modified, mtimeNs));
    });
  }

  linkAt(flags: PathFlags, path: string, target: Descriptor, targetPath: string): void {
    this.#mustBeWritable();
    walk(this.#folder, path, following(flags), (place) =>
      target.#change(targetPath, (targetPlace) => linkSync(place, targetPlace)),
    );
  }

  openAt(pathFlags: PathFlags, path: string, openFlags: OpenFlags, flags: DescriptorFlags): Descriptor {
    const { readonly } = this.#opened;
    if (readonly && needsWriting(openFlags, flags)) throw fsError('read-only');
    const folder = this.#folder;
    // If the file must not exist yet, a link is not followed to look for it.
    const followLast = pathFlags.symlinkFollow === true && openFlags.exclusive !== true;
    const opened = walk(folder, path, { followLast }, (place) => openIn(folder, place, openFlags, flags));
    return new Descriptor(this.host, { ...opened, flags, readonly });
  }

  readlinkAt(path: string): string {
    return walk(this.#folder, path, STAY, (place) => readlinkSync(place));
  }

  removeDirectoryAt(path: string): void {
    this.#change(path, (place) => rmdirSync(place));
  }

  renameAt(path: string, target: Descriptor, targetPath: string): void {
    this.#change(path, (place) => target.#change(targetPath, (targetPlace) => renameSync(place, targetPlace)));
  }

  symlinkAt(leadsTo: string, path: string): void {
    if (isTooLong(leadsTo)) throw fsError('name-too-long');
    if (leadsTo.startsWith('/')) throw fsError('not-permitted');
    if (leadsTo.includes('\0')) throw fsError('illegal-byte-sequence');
    this.#change(path, (place) => symlinkSync(leadsTo, place));
  }

  unlinkFileAt(path: string): void {
    this.#change(path, (place) => unlinkSync(place));
  }

  isSameObject(other: Descriptor): boolean {
    const [here, there] = [this.#file.stats(), other.#file.stats()];
    return here.ino === there.ino && here.dev === there.dev;
  }

  metadataHash(): MetadataHash {
    return hashOf(this.#file.stats());
  }

  metadataHashAt(flags: PathFlags, path: string): MetadataHash {
    return hashOf(this.#statsAt(flags, path));
  }

  protected override release(): void {
    this.#file.letGo();
  }

  get #contents(): OpenFile {
    if (this.#opened.folder !== undefined) throw fsError('is-directory');
    return this.#file;
  }

  get #folder(): Folder {
    if (this.#opened.folder === undefined) throw fsError('not-directory');
    return this.#opened.folder;
  }

  #mustBeWritable(): void {
    if (this.#opened.readonly) throw fsError('read-only');
  }

  #change(path: string, change: (place: string) => void): void {
    this.#mustBeWritable();
    walk(this.#folder, path, STAY, change);
  }

  #statsAt(flags: PathFlags, path: string): BigIntStats {
    // If links are to be followed, the walk has done so already.
    return walk(this.#folder, path, following(flags), (place) => lstatSync(place, { bigint: true }));
  }
}

function following(flags: PathFlags): { readonly followLast: boolean } {
  return { followLast: flags.symlinkFollow === true };
}
