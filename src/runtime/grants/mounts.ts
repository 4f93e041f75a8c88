import { readFileSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';

/** Whether an absolute path is `folder` or below it, by name. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A mount. */
export interface Mount {
  readonly point: string;
  /** The file system, independent of where it is mounted. */
  readonly device: string;
  /** The mounted folder of that file system: other than `/` for bind mounts and volumes. */
  readonly root: string;
  /** `proc`, `ext4`, `overlay`. */
  readonly type: string;
}

const MOUNTS = '/proc/self/mountinfo';

/** All mounts, in order: later ones hide earlier ones. Empty on systems other than Linux. */
export function mounts(): readonly Mount[] {
  try {
    return mountsIn(readFileSync(MOUNTS, 'utf8'));
  } catch {
    return [];
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
export function mountsIn(text: string): readonly Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [, , device = '', root = '', point = ''] = before.split(' ');
      return { device, root: unescaped(root), point: unescaped(point), type: after.split(' ')[0] ?? '' };
    });
}

/** The mount of a path. */
export function mountOf(path: string, all: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of all) {
    if (isWithin(path, mount.point) && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/** Blanks and the like are written in octal: `\040`. */
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}
