import { type Command, CommanderError } from 'commander';
import { reasonOf, SluiceError } from '../errors.ts';
import { asSluiceError, exitCodeOf, tellError } from './output/tell-error.ts';
import type { Io } from './io.ts';
import { createProgram, version } from './program.ts';

/** Adds one command to the program: every command file exports one of these. */
export type RegisterCommand = (program: Command, io: Io) => void;

/** What commander throws after it printed the version, or help: for `--help`, and for a command that needs another one. */
const answered = new Set(['commander.version', 'commander.helpDisplayed', 'commander.help']);

/**
 * Runs one command line and resolves with its exit code: 0 done, 1 the handler or the check failed, 2 usage, 3 manifest, 4 component or
 * build, 5 broker or state, 70 a fault of Sluice. Never rejects: what a command throws is told on stderr.
 */
export async function run(argv: readonly string[], io: Io, commands: readonly RegisterCommand[]): Promise<number> {
  const program = createProgram(io, version);
  for (const register of commands) register(program, io);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return io.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && answered.has(thrown.code)) return 0;
    const error = asSluiceError(thrown);
    tellError(error, { color: !argv.includes('--no-color'), verbose: argv.includes('--verbose') }, io);
    return exitCodeOf(error);
  }
}

/**
 * Tells of what was thrown where nobody catches it: in a timer, an event of a thread or a socket, a promise that nobody waits for. What the
 * process has in memory is not to be trusted then, so the caller ends it with the result. Nothing is lost by that: what is not settled is
 * still its source's.
 */
export function tellFault(thrown: unknown, argv: readonly string[], io: Io): number {
  const error = new SluiceError('SLU9001', `something went wrong that should not: ${reasonOf(thrown)}`, {
    cause: thrown,
    fix: 'run the command again with --verbose, and report what it prints',
    state: 'events that were not settled come again from their sources',
  });
  tellError(error, { color: !argv.includes('--no-color'), verbose: argv.includes('--verbose') }, io);
  return exitCodeOf(error);
}
