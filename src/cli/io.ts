import { availableParallelism } from 'node:os';
import { isatty } from 'node:tty';
import { flushCompileCache } from 'node:module';

/** A stream that a command writes to. */
export interface TextSink {
  /** Bytes are written as they are. */
  write(data: string | Uint8Array): void;
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
}

export type EndSignal = 'SIGTERM' | 'SIGINT';

/** What a command has of the world outside. Data goes to stdout, talk to stderr. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly processors: number;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Tells of SIGTERM and SIGINT instead of dying of them, until the result is called. */
  readonly onEndSignal: (listener: (signal: EndSignal) => void) => () => void;
  /** Likewise of SIGHUP. `hungUp`: the terminal that the process was started on is gone; otherwise somebody asks for a reload. */
  readonly onHangup: (listener: (hungUp: boolean) => void) => () => void;
  /** Ends the process at once, whatever is still under way. Without a code: that of the command that has ended. */
  readonly exit: (code?: number) => void;
  /** For a command that ran, and whose answer is no: `1`. What is thrown has an exit code of its own. */
  exitCode: number;
}

export function processIo(): Io {
  return {
    cwd: process.cwd(),
    env: process.env,
    processors: availableParallelism(),
    stdin: process.stdin,
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    onEndSignal,
    onHangup,
    exit: endProcess,
    exitCode: 0,
  };
}

function onEndSignal(listener: (signal: EndSignal) => void): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

function onHangup(listener: (hungUp: boolean) => void): () => void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  // A terminal that was closed is one no more by the time that the kernel tells of it.
  const heard = (): void => listener(terminals.some((fd) => !isatty(fd)));
  process.on('SIGHUP', heard);
  return () => process.off('SIGHUP', heard);
}

/** Who reads may stop reading (`sluice schema | head`, a terminal that is closed): that is no error. */
function sinkOf(stream: NodeJS.WriteStream): TextSink {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
  return { write: (data) => void stream.write(data), isTerminal: stream.isTTY };
}

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
