import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallPath } from '../../src/component/load-component.ts';

/** Where the guests of a pool run: threads of the process, or processes of their own. */
export type Host = 'thread' | 'process';

/** What play.ts tells. */
export type Played =
  | { readonly kind: 'begun'; readonly name: string }
  | { readonly kind: 'done'; readonly name: string; readonly wrong: readonly string[] };

/** A case takes a few seconds at most; one that takes so long was not stopped. A busy machine is given more. */
export const CASE_MS = 60_000;
/** A process that holds more is ended before the machine is in danger. */
const MOST_MIB = 2048;
const LOOK_MS = 50;

/**
 * Plays the cases of those names in processes of their own, for as many as one survives in each, and tells what went wrong with which;
 * empty: it was stopped as it should be. `root` is the tree whose sources are used, and
 * `path` how events reach the guests. `caseMs` is how long a case may take.
 */
export async function playAll(
  host: Host,
  names: readonly string[],
  root = join(import.meta.dirname, '..', '..'),
  path: CallPath = 'auto',
  caseMs: number = CASE_MS,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const results = new Map<string, readonly string[]>();
  while (results.size < names.length)
    await playSome(
      host,
      names.filter((name) => !results.has(name)),
      root,
      path,
      caseMs,
      results,
    );
  return results;
}

/** Ends with at least one more result. */
async function playSome(
  host: Host,
  names: readonly string[],
  root: string,
  path: CallPath,
  caseMs: number,
  results: Map<string, readonly string[]>,
): Promise<void> {
  const child = fork(join(root, 'integration', 'sandbox', 'play.ts'), [host, ...names], {
    cwd: root,
    env: { ...process.env, SLUICE_CALL_PATH: path },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (text) => (said = `${said}${String(text)}`.slice(0, 2000)));
  let playing = names[0]!;
  let killedFor: string | undefined;
  const kill = (reason: string): void => {
    killedFor ??= reason;
    child.kill('SIGKILL');
  };
  let tooLong = setTimeout(() => kill('it was not ended'), caseMs);
  const look = setInterval(
    () => residentMiB(child.pid) > MOST_MIB && kill(`it took more than ${MOST_MIB} MiB`),
    LOOK_MS,
  );
  child.on('message', (message: Played) => {
    playing = message.name;
    clearTimeout(tooLong);
    tooLong = setTimeout(() => kill('it was not ended'), caseMs);
    if (message.kind === 'done') results.set(message.name, message.wrong);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('close', (code, signal) => resolve([code, signal])),
  );
  clearTimeout(tooLong);
  clearInterval(look);
  if (names.every((name) => results.has(name))) return;
  // Between two cases it is the earlier one that is to blame.
  results.set(playing, [`${killedFor ?? 'the process ended'} (${signal ?? `exit code ${code}`}): ${said}`]);
}

/** What a process holds in memory, in MiB; 0 where the system doesn't say. */
function residentMiB(pid: number | undefined): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20;
  } catch {
    return 0;
  }
}
