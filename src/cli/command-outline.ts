import type { Command } from 'commander';

/** What can be typed after a command: for shell completion. */
export interface CommandOutline {
  /** `` for the program itself, `cron next` for a command of a command. */
  readonly path: string;
  readonly words: readonly OutlineWord[];
}

/** A subcommand or an option. */
export interface OutlineWord {
  readonly text: string;
  readonly description: string;
}

/** The program and all its commands, each before its own. */
export function outlineOf(program: Command, path = ''): readonly CommandOutline[] {
  const help = program.createHelp();
  help.showGlobalOptions = true;
  const commands = help.visibleCommands(program);
  const options = [...help.visibleOptions(program), ...help.visibleGlobalOptions(program)];
  const words = [
    ...commands.map((command) => ({ text: command.name(), description: command.description() })),
    ...options.flatMap(({ long, description }) => (long ? [{ text: long, description }] : [])),
  ];
  const inner = commands.filter((command) => command.name() !== 'help');
  return [{ path, words }, ...inner.flatMap((command) => outlineOf(command, `${path} ${command.name()}`.trim()))];
}
