import { execFile } from 'node:child_process';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { madeOnce } from './brokers/made-once.ts';

/** The variable with the folder of a test run, which is removed after it. */
export const RUN_FOLDER = 'SLUICE_TEST_RUN';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const published = ['package.json', 'package-lock.json', 'README.md', 'LICENSE', 'wit'];

/**
 * The package as `npm run build` and the Dockerfile make it, in a folder of its own: the checkout is read by every other test meanwhile. Built
 * once for all files of a test run; a file that runs by itself builds its own, and leaves it in the system's temporary folder.
 */
export async function builtPackage(): Promise<string> {
  const folder = process.env[RUN_FOLDER] ?? (await mkdtemp(join(tmpdir(), 'sluice-built-')));
  return madeOnce(join(folder, 'package'), async (work) => {
    const made = join(work, 'package');
    await Promise.all(published.map((part) => cp(join(root, part), join(made, part), { recursive: true })));
    await run(process.execPath, [join(root, 'scripts', 'build.ts'), made]);
    return made;
  });
}
