import { availableParallelism } from 'node:os';
import { isatty } from 'node:tty';
import { flushCompileCache } from 'node:module';

/** A stream that a command writes to. */
export interface TextSink {
  /** Bytes are written as they are. */
  write(data: string | Uint8Array): void;
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
}

export type EndSignal = 'SIGTERM' | 'SIGINT';

/** The parts of the process that a command uses. Data goes to stdout, messages go to stderr. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly processors: number;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Reports SIGTERM and SIGINT instead of ending the process, until the returned function is called. */
  readonly onEndSignal: (listener: (signal: EndSignal) => void) => () => void;
  /** The same for SIGHUP. `hungUp`: the process's terminal is gone; otherwise a reload is requested. */
  readonly onHangup: (listener: (hungUp: boolean) => void) => () => void;
  /** Ends the process at once, whatever still runs. Default code: that of the command that has ended. */
  readonly exit: (code?: number) => void;
  /** 1 if the command ran and its answer is no. A thrown error has its own exit code. */
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
  // When the kernel sends the signal, a closed terminal is no longer a terminal.
  const heard = (): void => listener(terminals.some((fd) => !isatty(fd)));
  process.on('SIGHUP', heard);
  return () => process.off('SIGHUP', heard);
}

/** A reader may stop reading (`sluice schema | head`, a closed terminal). That is not an error. */
function sinkOf(stream: NodeJS.WriteStream): TextSink {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
  return { write: (data) => void stream.write(data), isTerminal: stream.isTTY };
}

/**
 * Ends the process at once, whatever still runs in it. `process.exit` waits for all threads, and a thread whose guest is inside bulk memory
 * instructions may never end. No output is lost: Node writes to files, pipes and terminals synchronously.
 *
 * The process is replaced by another program (execve), which ends every thread, and that program exits with the code. If that is not possible, the
 * process kills itself, and its parent sees SIGKILL (137 in a shell).
 */
export function endProcess(code: number | string = process.exitCode ?? 0): never {
  flushCompileCache();
  const { NODE_OPTIONS: _options, ...env } = process.env;
  try {
    process.execve?.(process.execPath, [process.execPath, '--eval', `process.exit(${Number(code)})`], env);
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
  // Windows has no execve.
  process.exit(code);
}
