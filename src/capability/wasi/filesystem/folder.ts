import { closeSync, constants, existsSync, fstatSync, openSync, statSync } from 'node:fs';
import { attempt, fsError } from './fs-error.ts';

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;
/** On Linux, a path can go through the descriptor of an open folder. */
const OPEN_FOLDERS = '/proc/self/fd';

/**
 * An open folder, and the way to its entries.
 *
 * Node has no `openat`. Between checking a path and using it, another instance could replace a folder in it by a symbolic link. On Linux the
 * path therefore goes through the open folder itself, which can't be replaced. Elsewhere it goes by name, and the name must still lead to
 * the folder that was opened.
 */
export class Folder {
  readonly fd: number;
  /** The name; `undefined` where paths go through the open folder. */
  readonly #name: string | undefined;

  private constructor(fd: number, name: string | undefined) {
    this.fd = fd;
    this.#name = name;
  }

  /** Opens a folder of the host, following links. */
  static open(path: string, throughOpenFolders: boolean = existsSync(OPEN_FOLDERS)): Folder {
    return attempt(() => new Folder(openSync(path, OPEN_FOLDER), throughOpenFolders ? undefined : path));
  }

  /**
   * Opens the folder behind the descriptor `fd` once more, so that the copy can be closed. `path` is where it was at the start. The result is
   * always the same folder, or this fails.
   */
  static again(fd: number, path: string, throughOpenFolders: boolean = existsSync(OPEN_FOLDERS)): Folder {
    if (throughOpenFolders) return Folder.open(`${OPEN_FOLDERS}/${fd}/.`);
    const folder = Folder.open(path, false);
    const [here, there] = [fstatSync(fd, { bigint: true }), fstatSync(folder.fd, { bigint: true })];
    if (here.ino === there.ino && here.dev === there.dev) return folder;
    folder.close();
    throw fsError('no-entry');
  }

  /** The path of an entry: a name without `/`, or `.` for the folder itself. */
  pathOf(name: string): string {
    if (this.#name === undefined) return `${OPEN_FOLDERS}/${this.fd}/${name}`;
    const here = attempt(() => fstatSync(this.fd, { bigint: true }));
    const there = statSync(this.#name, { bigint: true, throwIfNoEntry: false });
    if (there?.ino !== here.ino || there.dev !== here.dev) throw fsError('no-entry');
    return `${this.#name}/${name}`;
  }

  /** Opens a folder in it, which must not be a link. */
  enter(name: string): Folder {
    const path = this.pathOf(name);
    return this.opened(
      attempt(() => openSync(path, OPEN_FOLDER | constants.O_NOFOLLOW)),
      path,
    );
  }

  /** Wraps a folder that was opened by a path of this one. */
  opened(fd: number, path: string): Folder {
    return new Folder(fd, this.#name === undefined ? undefined : path);
  }

  close(): void {
    closeSync(this.fd);
  }
}
