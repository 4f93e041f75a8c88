import { availableParallelism } from 'node:os';

/** A stream that text is written to. */
export interface TextSink {
  write(text: string): void;
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
}

/** What a command has of the world outside. Data goes to stdout, talk to stderr. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly processors: number;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Tells of SIGTERM and SIGINT instead of dying of them, until the result is called. */
  readonly onEndSignal: (listener: () => void) => () => void;
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
    exitCode: 0,
  };
}

function onEndSignal(listener: () => void): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

/** Who reads may stop reading (`sluice schema | head`): that is no error. */
function sinkOf(stream: NodeJS.WriteStream): TextSink {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return { write: (text) => void stream.write(text), isTerminal: stream.isTTY };
}
