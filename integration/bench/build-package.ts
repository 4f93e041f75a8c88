import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Makes what users run: the sources cost a type-stripping compiler in memory and time. */
export function buildPackage(): void {
  execFileSync(process.execPath, [join(import.meta.dirname, '..', '..', 'scripts', 'build.ts')], { stdio: 'inherit' });
}
