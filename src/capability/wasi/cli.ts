import { type GuestHost, GuestExit, type GuestLogLevel } from '../capability.ts';
import { NeverMade } from '../never-made.ts';
import type { Interfaces } from './interfaces.ts';
import { environmentOf, standardInput } from './command-input.ts';
import { LineWriter } from './line-writer.ts';
import { InputStream, OutputStream } from './streams.ts';

export const cli: Interfaces = {
  'wasi:cli/environment': (host) => ({
    getEnvironment: () => environmentOf(host),
    getArguments: () => host.grants.args ?? [],
    initialCwd: () => undefined,
  }),
  'wasi:cli/exit': () => ({
    exit: (status: { readonly tag: 'ok' | 'err' }) => exit(status.tag === 'ok' ? 0 : 1),
    exitWithCode: exit,
  }),
  'wasi:cli/stdin': (host) => ({ getStdin: () => new InputStream(host, standardInput(host)) }),
  'wasi:cli/stdout': (host) => ({ getStdout: printing(host, 'info', 'stdout') }),
  'wasi:cli/stderr': (host) => ({ getStderr: printing(host, 'warn', 'stderr') }),
  'wasi:cli/terminal-input': () => ({ TerminalInput: NeverMade }),
  'wasi:cli/terminal-output': () => ({ TerminalOutput: NeverMade }),
  'wasi:cli/terminal-stdin': () => ({ getTerminalStdin: () => undefined }),
  'wasi:cli/terminal-stdout': () => ({ getTerminalStdout: () => undefined }),
  'wasi:cli/terminal-stderr': () => ({ getTerminalStderr: () => undefined }),
};

/** All handles that a guest gets for one of its outputs write to the same lines. Most guests never ask for one. */
function printing(host: GuestHost, level: GuestLogLevel, context: string): () => OutputStream {
  let writer: LineWriter | undefined;
  return () => {
    writer ??= new LineWriter(host, level, context);
    return new OutputStream(host, writer);
  };
}

function exit(code: number): never {
  throw new GuestExit(code);
}
