import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** This Sluice's version. The package finds its own manifest by name, from its sources and from what is published. */
export const version = versionIn(readFileSync(fileURLToPath(import.meta.resolve('sluice/package.json')), 'utf8'));

function versionIn(packageJson: string): string {
  const { version } = JSON.parse(packageJson) as { version: string }; // npm does not publish a package without one
  return version;
}
