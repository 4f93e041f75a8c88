import { isAbsolute, relative, sep } from 'node:path';

/** Whether an absolute path is `folder` or leads to something in it, by their names. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
