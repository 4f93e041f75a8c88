import { lstatSync, readlinkSync } from 'node:fs';
import type { Folder } from './folder.ts';
import { attempt, fsError } from './fs-error.ts';

const MOST_LINKS = 40;

export interface WalkOptions {
  /** Whether to go on to where a link leads when the path ends in one. */
  readonly followLast: boolean;
}

/**
 * Calls `arrive` with the host's path of what the guest's `path` means in `base`. Links are followed step by step, and no step leads out of
 * `base`: neither `..` nor a link; absolute paths lead nowhere.
 * https://github.com/WebAssembly/wasi-filesystem/blob/main/path-resolution.md
 *
 * The path that `arrive` gets is good only until it returns. Its last part may be missing; it is a link only without `followLast`.
 */
export function walk<T>(base: Folder, path: string, { followLast }: WalkOptions, arrive: (path: string) => T): T {
  if (path.includes('\0')) throw fsError('illegal-byte-sequence');
  if (path === '') throw fsError('no-entry');
  const meansFolder = /(^|\/)\.{0,2}$/.test(path);
  const entered: Folder[] = [];
  try {
    const here = (): Folder => entered.at(-1) ?? base;
    // The next part is the last of the list.
    const parts = partsOf(path);
    let links = 0;
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (part === '..') {
        const left = entered.pop();
        if (left === undefined) throw fsError('not-permitted');
        left.close();
        continue;
      }
      const isLast = parts.length === 0;
      const candidate = here().pathOf(part);
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
      entered.push(here().enter(part));
    }
    return attempt(() => arrive(here().pathOf('.')));
  } finally {
    for (const folder of entered) folder.close();
  }
}

/** The parts of a path, the first one last. */
function partsOf(path: string): string[] {
  if (path.startsWith('/')) throw fsError('not-permitted');
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .toReversed();
}
