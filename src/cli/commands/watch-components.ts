import { existsSync, unwatchFile, watch, watchFile } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from '../../logger.ts';
import type { ComponentSettings } from '../../manifest/app.ts';

/** How often a component's file is checked, in milliseconds. Unlike a watch, this keeps working when the folder is created anew. */
const LOOK_EVERY_MS = 300;
/** Changes that come this close together, in milliseconds, are one: an editor and a compiler write in several steps. */
const CALM_MS = 100;
/** Large folders that people don't edit. */
const UNWATCHED = ['node_modules', '.git', 'target'].flatMap((name) => [`**/${name}`, `**/${name}/**`]);

/**
 * Calls `changed` when a component's file changes, or anything in a folder that its `build.watch` covers. The reload finds out whether the change
 * matters. Dispose of the result to end the watch.
 */
export function watchComponents(
  components: readonly ComponentSettings[],
  changed: (name: string) => void,
  log: Logger,
): Disposable {
  const stack = new DisposableStack();
  for (const { name, source, build } of components) {
    let calm: NodeJS.Timeout | undefined;
    const stirred = (): void => {
      clearTimeout(calm);
      calm = setTimeout(() => changed(name), CALM_MS);
    };
    stack.defer(() => clearTimeout(calm));
    watchFile(source, { interval: LOOK_EVERY_MS }, stirred);
    stack.defer(() => unwatchFile(source, stirred));
    for (const folder of new Set(build?.watch.map((glob) => join(build.dir, folderOf(glob))))) {
      if (!existsSync(folder)) continue;
      const watcher = watch(folder, { recursive: true, ignore: UNWATCHED }, stirred);
      watcher.on('error', (err) =>
        log.warn({ err, component: name, folder }, 'changes in this folder are no longer noticed'),
      );
      stack.defer(() => watcher.close());
    }
  }
  return stack;
}

/** The part of a glob before its first pattern: `src` of `src/**`. */
function folderOf(glob: string): string {
  const segments = glob.split('/');
  const first = segments.findIndex((segment) => /[*?[{!(]/.test(segment));
  return first === -1 ? dirname(glob) : segments.slice(0, first).join('/');
}
