import { flushCompileCache } from 'node:module';

/**
 * Ends the process at once, whatever still runs in it. `process.exit` would wait for all threads, and one whose guest is inside bulk memory
 * instructions may never end. What was written to stdout and stderr is out by then: Node writes to files, pipes and terminals at once.
 *
 * Another program takes the place of this one, which ends every thread without asking it, and exits with the code. Where that is not
 * possible the process kills itself, and its parent sees SIGKILL (137 in a shell).
 */
export function endProcess(code: number | string = process.exitCode ?? 0): never {
  flushCompileCache();
  const { NODE_OPTIONS: _options, ...env } = process.env;
  try {
    process.execve?.(process.execPath, [process.execPath, '--eval', `process.exit(${Number(code)})`], env);
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
  // Windows has no way to take a process's place.
  process.exit(code);
}
