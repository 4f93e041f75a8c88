import { existsSync } from 'node:fs';
import { mkdir, mkdtempDisposable, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const making = new Map<string, Promise<string>>();

/**
 * Makes the file or folder `place`, unless it is there already, and resolves with `place`. Any number of callers may want it at once: a
 * process makes it once, and of several processes each makes its own and the first that is ready wins. `make` gets an empty folder to work in
 * and resolves with the path of what it made there.
 */
export function madeOnce(place: string, make: (work: string) => Promise<string>): Promise<string> {
  const promise = making.get(place) ?? makeAt(place, make);
  making.set(place, promise);
  return promise;
}

async function makeAt(place: string, make: (work: string) => Promise<string>): Promise<string> {
  if (existsSync(place)) return place;
  await mkdir(dirname(place), { recursive: true });
  await using work = await mkdtempDisposable(`${place}.`);
  const made = await make(work.path);
  if (!existsSync(place)) {
    await rename(made, place).catch((thrown: unknown) => {
      if (!existsSync(place)) throw thrown;
    });
  }
  return place;
}
