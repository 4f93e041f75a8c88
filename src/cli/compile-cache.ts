import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { foreignHand } from '../file-owner.ts';

/** The sticky bit: in such a folder, only their owner removes or renames entries. */
const STICKY = 0o1000;

/**
 * Keeps V8's compiled code, which saves a third of the next start's time. Node's default place is the temporary folder, where another user could put
 * code that V8 would run as this user. So it is kept in this user's cache folder, and only if that folder is private.
 */
export function keepCompiledCode(env: Readonly<Record<string, string | undefined>>): void {
  const folder = privateFolder(join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sluice', 'compiled'));
  if (folder !== undefined) enableCompileCache(folder);
}

/** Creates the folder if it is missing. `undefined` if that fails, or if another user could change its content. */
export function privateFolder(path: string): string | undefined {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const real = realpathSync(path);
    return foreignHand(statSync(real)) === undefined && isSafeAbove(real) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Whether no other user can replace this folder, or one above it. */
function isSafeAbove(path: string): boolean {
  const above = dirname(path);
  if (above === path) return true;
  const { uid, mode } = statSync(above);
  const ownersOnly = (mode & STICKY) === 0 ? mode : mode & ~0o022;
  return foreignHand({ uid, mode: ownersOnly }) === undefined && isSafeAbove(above);
}
