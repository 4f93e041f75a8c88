import { lstatSync, readlinkSync } from 'node:fs';
import type { Folder } from './folder.ts';
import { attempt, fsError } from './fs-error.ts';

const MOST_LINKS = 40;
/** Limit of folders that one walk enters. Each `..` enters those above it again, and a long path must not keep the thread busy. */
const MOST_STEPS = 4096;
/** The limit of Linux, without C's terminating zero. */
const MOST_PATH_BYTES = 4095;

export interface WalkOptions {
  /** Whether to follow a link at the end of the path. */
  readonly followLast: boolean;
}

/**
 * Resolves the guest's `path` in `base` and calls `arrive` with the host's path. Links are followed step by step, and no step (`..` or a link) leads
 * out of `base`; absolute paths lead nowhere. https://github.com/WebAssembly/wasi-filesystem/blob/main/path-resolution.md
 *
 * The path that `arrive` gets is good only until it returns. Its last part may be missing; it is a link only without `followLast`.
 */
export function walk<T>(base: Folder, path: string, { followLast }: WalkOptions, arrive: (path: string) => T): T {
  if (isTooLong(path)) throw fsError('name-too-long');
  if (path.includes('\0')) throw fsError('illegal-byte-sequence');
  if (path === '') throw fsError('no-entry');
  const meansFolder = /(^|\/)\.{0,2}$/.test(path);
  const way = new Way(base);
  try {
    // The next part is the last of the list.
    const parts = partsOf(path);
    let links = 0;
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (part === '..') {
        way.leave();
        continue;
      }
      const isLast = parts.length === 0;
      const candidate = way.here.pathOf(part);
      const found = attempt(() => lstatSync(candidate, { throwIfNoEntry: false }));
      if (found?.isSymbolicLink() === true && (!isLast || followLast || meansFolder)) {
        if (++links > MOST_LINKS) throw fsError('loop');
        parts.push(...partsOf(attempt(() => readlinkSync(candidate))));
        continue;
      }
      if (isLast) {
        if (meansFolder && found?.isDirectory() === false) throw fsError('not-directory');
        return attempt(() => arrive(candidate));
      }
      way.enter(part);
    }
    return attempt(() => arrive(way.here.pathOf('.')));
  } finally {
    way.close();
  }
}

/** The current place of a walk. However deep it is, only one folder is open. */
class Way {
  readonly #base: Folder;
  /** Names of the folders from the base to the current one. */
  readonly #names: string[] = [];
  /** How many of them have been entered. */
  #entered = 0;
  #here: Folder;
  #steps = 0;

  constructor(base: Folder) {
    this.#base = base;
    this.#here = base;
  }

  get here(): Folder {
    for (; this.#entered < this.#names.length; this.#entered += 1) this.#step(this.#names[this.#entered] ?? '');
    return this.#here;
  }

  enter(name: string): void {
    this.#names.push(name);
    void this.here;
  }

  /** Goes up by starting at the base again: `..` of an open folder may lie outside of the base by now. */
  leave(): void {
    if (this.#names.pop() === undefined) throw fsError('not-permitted');
    this.close();
    this.#here = this.#base;
    this.#entered = 0;
  }

  close(): void {
    if (this.#here !== this.#base) this.#here.close();
  }

  #step(name: string): void {
    if (++this.#steps > MOST_STEPS) throw fsError('name-too-long');
    const next = this.#here.enter(name);
    this.close();
    this.#here = next;
  }
}

/** Checks a path from a guest, either to be followed or as the target of a link. */
export function isTooLong(path: string): boolean {
  return path.length > MOST_PATH_BYTES || Buffer.byteLength(path) > MOST_PATH_BYTES;
}

/** The parts of a path, the first one last. */
function partsOf(path: string): string[] {
  if (path.startsWith('/')) throw fsError('not-permitted');
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .toReversed();
}
