import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { reasonOf, SluiceError } from '../../errors.ts';
import { foreignHand } from '../../file-owner.ts';
import { GUARDS_REVISION } from '../glue/guarded-glue.ts';
import type { Transpiled, TranspilePlan } from './transpile-plan.ts';

/** The content of an entry's file INDEX: a line with the SHA-256 of the rest, followed by this as JSON. */
interface Index extends Omit<Transpiled, 'files'> {
  /** SHA-256 in hex of each file. */
  readonly digests: Readonly<Record<string, string>>;
}

const INDEX = 'index';
/** Don't follow links, and don't wait for pipes. Windows has neither flag. */
const NO_WAY_ROUND = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const PARTIAL = '.partial';
/** The name of an entry. Other files in the folder are not ours to remove. */
const ENTRY = /^[\w-]{16}-[\da-f]{32}$/;
/** An unfinished entry this old is abandoned: its process was killed. */
const ABANDONED_MS = 3_600_000;
/** An entry that was not used for this long is removed. */
const FORGOTTEN_MS = 30 * 86_400_000;
/** A use is recorded at most once a day, as the time of the INDEX. */
const NOTED_EACH_MS = 86_400_000;
/** The most attempts when other processes repair the same entry at the same time; in each round one of them succeeds. */
const ROUNDS = 10;

// The package's own name leads to its package.json from the sources and from the build alike.
const sluice = createRequire(import.meta.url)('sluice/package.json') as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};

/**
 * Transpiled components on disk, one folder each, named by a digest of everything that determines its content. An entry appears whole or not
 * at all, so any number of processes may fill the cache at once. A damaged entry counts as missing and is replaced. Entries unused for 30
 * days are removed when another is put in.
 */
export class TranspileCache {
  readonly #folder: string;

  /** `folder` is created at the first `put`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `digest` is that of the component's file; `plan` says what is made of it, and with which options. */
  keyOf(digest: string, plan: TranspilePlan | { readonly adapter: string }): string {
    const transpiler = sluice.dependencies['@bytecodealliance/jco-transpile'];
    const everything = sha256(JSON.stringify([digest, sluice.version, transpiler, GUARDS_REVISION, plan]));
    return `${digest.slice(0, 16)}-${everything.slice(0, 32)}`;
  }

  /**
   * `undefined` if there is no such entry, if it is damaged, or if a user other than this one and root may have written it. Rejects with SLU2010 if
   * others may write to the cache's folder: its content runs as Sluice.
   */
  async get(key: string): Promise<Transpiled | undefined> {
    await this.#mustBePrivate();
    try {
      const entry = join(this.#folder, key);
      const own = await lstat(entry);
      if (!own.isDirectory() || foreignHand(own) !== undefined) return undefined;
      const [sum = '', json = ''] = (await contentOf(join(entry, INDEX))).toString().split('\n');
      if (sha256(json) !== sum) return undefined;
      // Its checksum is right, so `put` wrote it.
      const { digests, ...about } = JSON.parse(json) as Index;
      const read = Object.entries(digests).map(async ([name, digest]) => {
        const content = await contentOf(join(entry, name));
        if (sha256(content) !== digest) throw new Error(`${name} is damaged`);
        return [name, content] as const;
      });
      const files = new Map(await Promise.all(read));
      await this.#use(key);
      return { ...about, files };
    } catch {
      return undefined;
    }
  }

  /** Resolves when the entry exists, written by this process or another. Rejects with SLU2009 or SLU2010. */
  async put(key: string, transpiled: Transpiled): Promise<void> {
    try {
      const partial = join(this.#folder, `${key}.${randomUUID()}${PARTIAL}`);
      await this.#write(partial, transpiled);
      for (let round = 0; !(await this.#place(partial, key)); round++) {
        if (round === ROUNDS) throw new Error(`${key} can't be replaced`);
      }
      await this.#sweep();
    } catch (cause) {
      if (cause instanceof SluiceError) throw cause;
      throw new SluiceError('SLU2009', `the component cache can't be written: ${reasonOf(cause)}`, {
        cause,
        place: { file: this.#folder },
        fix: `check that it can be written and has space (df ${this.#folder}), or name another folder in the manifest: [cache] dir = "/var/cache/sluice"`,
      });
    }
  }

  async #mustBePrivate(): Promise<void> {
    const found = await stat(this.#folder).catch(() => undefined);
    const trouble = found && foreignHand(found);
    if (trouble === undefined) return;
    throw new SluiceError('SLU2010', `the component cache can't be trusted: ${trouble}`, {
      place: { file: this.#folder },
      fix: `remove it, or set cache.dir to a folder of this user's own: rm -r ${this.#folder}`,
    });
  }

  async #write(folder: string, { files, ...about }: Transpiled): Promise<void> {
    // The generated code runs as Sluice, so no other user may write here.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const digests: Record<string, string> = {};
    for (const [name, content] of files) {
      digests[name] = sha256(content);
      await writeFile(join(folder, name), content, { mode: 0o600 });
    }
    const json = JSON.stringify({ ...about, digests } satisfies Index);
    await writeFile(join(folder, INDEX), `${sha256(json)}\n${json}`, { mode: 0o600 });
  }

  /** Moves a complete entry to its name. `false`: a damaged entry was there and is removed now; try again. */
  async #place(partial: string, key: string): Promise<boolean> {
    const entry = join(this.#folder, key);
    try {
      await rename(partial, entry);
      return true;
    } catch (thrown) {
      const inTheWay =
        thrown instanceof Error && 'code' in thrown && ['ENOTEMPTY', 'EEXIST'].includes(String(thrown.code));
      if (!inTheWay) throw thrown;
    }
    if ((await this.get(key)) !== undefined) {
      await rm(partial, { recursive: true });
      return true;
    }
    const damaged = join(this.#folder, `${key}.${randomUUID()}${PARTIAL}`);
    // Another process may have moved it away just now.
    await rename(entry, damaged).catch(() => {});
    await rm(damaged, { recursive: true, force: true });
    return false;
  }

  /** Records that an entry was used. Where this fails (in a cache that only root may write), we can't remove the entry either. */
  async #use(key: string): Promise<void> {
    const index = join(this.#folder, key, INDEX);
    const now = new Date();
    const noted = await ageOf(index);
    if (noted !== undefined && noted > NOTED_EACH_MS) await utimes(index, now, now).catch(() => {});
  }

  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith(PARTIAL) && !ENTRY.test(name)) continue;
      const path = join(this.#folder, name);
      const age = await ageOf(name.endsWith(PARTIAL) ? path : join(path, INDEX));
      if (age === undefined) continue;
      if (name.endsWith(PARTIAL)) {
        if (age > ABANDONED_MS) await rm(path, { recursive: true, force: true });
      } else if (age > FORGOTTEN_MS) {
        // Removed at once or not at all: a process that reads meanwhile finds nothing and makes the entry anew.
        const forgotten = join(this.#folder, `${name}.${randomUUID()}${PARTIAL}`);
        await rename(path, forgotten).catch(() => {});
        await rm(forgotten, { recursive: true, force: true });
      }
    }
  }
}

/** The content of a file of an entry. It is checked and read through one descriptor, even if its name is replaced meanwhile. */
async function contentOf(path: string): Promise<Buffer<ArrayBuffer>> {
  await using file = await open(path, constants.O_RDONLY | NO_WAY_ROUND);
  const found = await file.stat();
  if (!found.isFile()) throw new Error(`${path} is not a file`);
  const trouble = foreignHand(found);
  if (trouble !== undefined) throw new Error(`${path}: ${trouble}`);
  return file.readFile();
}

/** Milliseconds since the last change; `undefined` if it does not exist. */
async function ageOf(path: string): Promise<number | undefined> {
  const about = await lstat(path).catch(() => undefined);
  return about === undefined ? undefined : Date.now() - about.mtimeMs;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
