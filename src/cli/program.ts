import { Command, InvalidArgumentError } from 'commander';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Io } from './io.ts';
import { parseDuration } from '../trigger/duration-text.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  /** As given: a file, or a folder with a sluice.toml. */
  readonly manifest: string;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** The program without its commands. Help goes to stdout, requested or not; errors are thrown, and `run` prints them. */
export function createProgram(io: Io, version: string): Command {
  const write = (text: string): void => io.stdout.write(text);
  return new Command('sluice')
    .description('Runs WebAssembly components when something happens: a message, a schedule, a queue item.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show how to use a command')
    .option('-m, --manifest <path>', 'the manifest, or the folder that holds it (default: sluice.toml)')
    .option('--json', 'print data as JSON')
    .option('--verbose', 'print more, including stacks')
    .option('--no-color', 'no colour, as with NO_COLOR=1')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => {} })
    .exitOverride();
}

/** The options of every command, as given to this one. */
export function globalsOf(command: Command): GlobalOptions {
  const { manifest, json, verbose, color } = command.optsWithGlobals<Partial<GlobalOptions>>();
  return { manifest: manifest ?? 'sluice.toml', json: json ?? false, verbose: verbose ?? false, color: color ?? true };
}

/** The version of this Sluice. The package finds its own package.json by name, from its sources and when published. */
export const version = versionIn(readFileSync(fileURLToPath(import.meta.resolve('sluice/package.json')), 'utf8'));

function versionIn(packageJson: string): string {
  const { version } = JSON.parse(packageJson) as { version: string }; // npm does not publish a package without one
  return version;
}

/** Reads an option that counts something: a whole number of at least 1. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}

/** Reads an option that is a duration, in milliseconds, longer than 0. */
export function timeOption(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('It must be a time such as 2s or 500ms.');
}
