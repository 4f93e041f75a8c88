import { spawn } from 'node:child_process';
import { globSync, mkdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { SluiceError } from '../errors.ts';
import type { Logger } from '../logger.ts';

export interface BuildOptions {
  readonly component: string;
  /** The .wasm file that the command makes, absolute. */
  readonly source: string;
  /** For a shell. */
  readonly command: string;
  /** Where it runs, absolute. */
  readonly dir: string;
  /** Globs relative to `dir`; empty: only a missing file is built. */
  readonly watch: readonly string[];
}

/** A component and, if it is built from source, how. */
export interface Buildable {
  readonly name: string;
  /** The .wasm file, absolute. */
  readonly source: string;
  readonly build?: Pick<BuildOptions, 'command' | 'dir' | 'watch'> | undefined;
}

/** Whether the file is missing, or older than a watched one. */
export function isStale({ source, dir, watch }: BuildOptions): boolean {
  const built = statSync(source, { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined) return true;
  return watch.some((pattern) =>
    globSync(pattern, { cwd: dir }).some((file) => statSync(join(dir, file)).mtimeMs > built),
  );
}

/**
 * Runs a component's build command; its output goes to stderr, since stdout is for data. The `node_modules/.bin` folders from `dir` upwards
 * are on its PATH, as for an npm script, and the folder for its file exists. Throws SLU2007 when it fails or writes no file.
 */
export async function buildComponent(options: BuildOptions, signal: AbortSignal): Promise<void> {
  const { command, dir, component, source } = options;
  mkdirSync(dirname(source), { recursive: true });
  const child = spawn(command, {
    cwd: dir,
    shell: true,
    stdio: ['ignore', 2, 2],
    signal,
    env: { ...process.env, PATH: pathFrom(dir) },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('exit', resolve);
  const failed = (what: string, cause?: unknown): SluiceError =>
    new SluiceError('SLU2007', `the build command of component '${component}' ${what}: ${command}`, {
      cause,
      place: { component, file: dir },
      fix: `run it by hand: cd ${dir} && ${command}`,
    });
  const code = await promise.catch((thrown: unknown) => {
    throw failed('could not be run', thrown);
  });
  if (code !== 0) throw failed(code === null ? 'was killed' : `ended with exit code ${code}`);
  if (isStale({ ...options, watch: [] })) throw failed(`made no ${source}`);
}

function pathFrom(dir: string): string {
  const folders: string[] = [];
  for (let at = dir; ; at = dirname(at)) {
    folders.push(join(at, 'node_modules', '.bin'));
    if (dirname(at) === at) break;
  }
  return [...folders, process.env['PATH'] ?? ''].join(delimiter);
}

/** Builds every component whose file is missing or older than its inputs. Rejects with SLU2007. */
export async function buildStale(components: Iterable<Buildable>, signal: AbortSignal, log: Logger): Promise<void> {
  for (const { name, source, build } of components) {
    if (build === undefined || !isStale({ component: name, source, ...build })) continue;
    log.info({ component: name, command: build.command }, 'building');
    await buildComponent({ component: name, source, ...build }, signal);
  }
}
