import { closeSync, constants, existsSync, openSync } from 'node:fs';
import type { GrantedFolder } from '../../capability/capability.ts';
import { fileTrouble } from '../../regular-file.ts';
import type { App, ComponentSettings } from '../../manifest/app.ts';
import { ManifestError, type ManifestProblem } from '../../manifest/manifest-error.ts';
import { formatPath } from '../../manifest/toml/toml-table.ts';
import { mounts } from './mounts.ts';
import { overlaps } from './overlaps.ts';
import { Place } from './place.ts';

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

/**
 * The folders that a manifest grants, opened once at the start and held open until the end. Their paths are never looked up again, so replacing a
 * folder later has no effect, however often pools and threads are replaced.
 */
export class HeldFolders implements Disposable {
  readonly #of = new Map<string, Record<string, GrantedFolder>>();

  /**
   * Opens the folders of some components. Throws a ManifestError with SLU1209 (a folder overlaps with what Sluice trusts, or with another one, in
   * the whole manifest) or SLU1210 (it can't be opened).
   */
  static open(app: App, components: Iterable<ComponentSettings>): HeldFolders {
    refuse(app, overlaps(app));
    using opening = new DisposableStack();
    const held = opening.use(new HeldFolders());
    const problems = [...components].flatMap((component) => held.#open(app, component));
    refuse(app, problems);
    opening.move();
    return held;
  }

  private constructor() {}

  /** By guest path. */
  of(component: string): Readonly<Record<string, GrantedFolder>> {
    return this.#of.get(component) ?? {};
  }

  [Symbol.dispose](): void {
    for (const folders of this.#of.values()) for (const { fd } of Object.values(folders)) closeSync(fd);
    this.#of.clear();
  }

  #open(app: App, { name, allow }: ComponentSettings): readonly ManifestProblem[] {
    const problems: ManifestProblem[] = [];
    const folders: Record<string, GrantedFolder> = {};
    this.#of.set(name, folders);
    for (const [guest, { host, readonly }] of Object.entries(allow.files)) {
      try {
        folders[guest] = { ...opened(host), readonly };
      } catch (thrown) {
        problems.push(notOpened(app, name, guest, `can't be opened: ${fileTrouble(thrown)}`));
      }
    }
    return problems;
  }
}

/** Warnings (SLU1210) about missing folders. A volume may be mounted later, so they are errors only at the start. */
export function missingFolders(app: App): readonly ManifestProblem[] {
  return [...app.components.values()].flatMap(({ name, allow }) =>
    Object.entries(allow.files)
      .filter(([, { host }]) => !existsSync(host))
      .map(([guest]) => notOpened(app, name, guest, 'does not exist yet')),
  );
}

function notOpened(app: App, component: string, guest: string, trouble: string): ManifestProblem {
  const path = ['component', component, 'allow', 'files', guest];
  const host = app.components.get(component)?.allow.files[guest]?.host ?? '';
  const message = `${formatPath(path)}: the folder ${host} ${trouble}`;
  return app.manifest.problem('SLU1210', path, message, { fix: `create it: mkdir -p ${host}` });
}

/** Opens the folder that was checked, not one that replaced it meanwhile. */
function opened(path: string): Pick<GrantedFolder, 'host' | 'fd'> {
  const { path: host } = Place.of(path, mounts());
  return { host, fd: openSync(host, OPEN_FOLDER | constants.O_NOFOLLOW) };
}

function refuse({ file }: App, problems: readonly ManifestProblem[]): void {
  if (problems.length > 0) throw new ManifestError(file, problems);
}
