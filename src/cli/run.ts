import { type Command, CommanderError } from 'commander';
import { reasonOf, SluiceError } from '../errors.ts';
import { asSluiceError, exitCodeOf, printError } from './output/print-error.ts';
import type { Io } from './io.ts';
import { createProgram, version } from './program.ts';

/** Adds one command to the program: every command file exports one of these. */
export type RegisterCommand = (program: Command, io: Io) => void;

/** Thrown by commander after it printed the version or help: for `--help`, or if a subcommand is missing. */
const answered = new Set(['commander.version', 'commander.helpDisplayed', 'commander.help']);

/**
 * Runs one command line and resolves with its exit code: 0 done, 1 the handler or the check failed, 2 usage, 3 manifest, 4 component or
 * build, 5 broker or state, 70 a fault of Sluice. Never rejects: an error that a command throws is printed on stderr.
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
    printError(error, { color: !argv.includes('--no-color'), verbose: argv.includes('--verbose') }, io);
    return exitCodeOf(error);
  }
}

/**
 * Prints an error that nothing catches: thrown in a timer or in an event of a thread or socket, or in a promise that nothing awaits. The
 * state in memory can't be trusted after it, so the caller ends the process with the returned exit code. No event is lost: the source still
 * has every event that was not settled.
 */
export function printFault(thrown: unknown, argv: readonly string[], io: Io): number {
  const error = new SluiceError('SLU9001', `internal error: ${reasonOf(thrown)}`, {
    cause: thrown,
    fix: 'run the command again with --verbose, and report what it prints',
    state: 'unsettled events will be delivered again',
  });
  printError(error, { color: !argv.includes('--no-color'), verbose: argv.includes('--verbose') }, io);
  return exitCodeOf(error);
}
