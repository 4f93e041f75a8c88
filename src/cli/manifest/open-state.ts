import { statePathIn } from '../../manifest/state-path.ts';
import { StateFile } from '../../state/state-file.ts';
import type { Io } from '../io.ts';
import type { GlobalOptions } from '../program.ts';
import { readManifest } from './read-manifest.ts';

/**
 * Opens the state file of the command line's manifest, for commands that need nothing else from it. The rest of the manifest is checked only if the
 * path of the state file is unclear. Rejects as `readManifest`, `openManifest` and `StateFile.open` do.
 */
export async function openState(globals: GlobalOptions, io: Io): Promise<StateFile> {
  const written = readManifest(globals, io);
  return StateFile.open(statePathIn(written.document, written.dir, written) ?? (await checkedPath(globals, io)));
}

async function checkedPath(globals: GlobalOptions, io: Io): Promise<string> {
  const { openManifest } = await import('./open-manifest.ts');
  return (await openManifest(globals, io)).app.state.path;
}
