import { buildComponent, isStale } from '../component/build.ts';
import type { Logger } from '../logger.ts';
import type { ComponentSettings } from '../manifest/app.ts';

/** Runs the build commands of those components that are missing or older than what they are made from. Throws SLU2007. */
export async function buildStale(
  components: Iterable<ComponentSettings>,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  for (const { name, source, build } of components) {
    if (build === undefined || !isStale({ component: name, source, ...build })) continue;
    log.info({ component: name, command: build.command }, 'building');
    await buildComponent({ component: name, source, ...build }, signal);
  }
}
