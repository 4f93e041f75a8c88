import { GuestExit, type GuestHost, type GuestLogLevel, type Interfaces } from '../capability.ts';
import { NeverMade } from '../host-resource.ts';
import { LineWriter } from './line-writer.ts';
import { type ByteSource, InputStream, OutputStream } from './streams.ts';
import type { Header } from '../../event.ts';

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

/** All handles of one output write to the same lines. Most guests never request one. */
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

/** The input of one run of a command, beside its grants. */
export interface CommandInput {
  readonly stdin: Uint8Array;
  readonly env: readonly Header[];
}

/** The current run, and how much of its standard input was read: an instance may be reset and run again. */
const inputs = new WeakMap<GuestHost, { readonly input: CommandInput; read: number }>();

/** Sets the command that the host's instance runs. The contract calls this before it calls the guest. */
export function giveCommand(host: GuestHost, input: CommandInput): void {
  inputs.set(host, { input, read: 0 });
}

/** Environment variables of the instance. Those of the event override granted ones. */
export function environmentOf(host: GuestHost): readonly Header[] {
  const given = inputs.get(host)?.input.env ?? [];
  const names = new Set(given.map(([name]) => name));
  return [...Object.entries(host.grants.env).filter(([name]) => !names.has(name)), ...given];
}

/** Standard input; empty unless the component is a command. All handles share one position. */
function standardInput(host: GuestHost): ByteSource {
  return {
    read(most) {
      const given = inputs.get(host);
      const bytes = given?.input.stdin.subarray(given.read, given.read + most);
      if (given === undefined || bytes === undefined || bytes.length === 0) return undefined;
      given.read += bytes.length;
      return bytes;
    },
  };
}
