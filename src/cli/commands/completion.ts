import { Argument, type Command } from 'commander';
import type { Io } from '../io.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

export function registerCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell to print a script for').choices(Object.keys(scripts)))
    .description('print a script that completes commands and options')
    .addHelpText('after', '\nbash and zsh: source <(sluice completion bash)\nfish: sluice completion fish | source')
    .action((shell: keyof typeof scripts) => {
      io.stdout.write(scripts[shell](outlineOf(program)));
    });
}

function bashScript(outlines: readonly CommandOutline[]): string {
  return `_sluice() {
  local at='' word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${stepPatterns(outlines)}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${outlines.map(({ path, words }) => `    '${path}') words='${words.map(({ text }) => text).join(' ')}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sluice sluice
`;
}

function zshScript(outlines: readonly CommandOutline[]): string {
  const described = outlines.map(({ path, words }) => {
    const items = words.map(({ text, description }) => quote(`${text}:${description.replaceAll(':', '\\:')}`));
    return `    ${quote(path)}) choices=(${items.join(' ')}) ;;`;
  });
  return `#compdef sluice
_sluice() {
  local at='' word
  local -a choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${stepPatterns(outlines)}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${described.join('\n')}
  esac
  _describe sluice choices || _files
}
compdef _sluice sluice
`;
}

function fishScript(outlines: readonly CommandOutline[]): string {
  const lines = outlines.flatMap(({ path, words }) =>
    words.map(({ text, description }) => {
      const word = text.startsWith('--') ? `-l ${text.slice(2)}` : `-f -a ${text}`;
      return `complete -c sluice -n ${quote(fishCondition(path, outlines))} ${word} -d ${quote(description)}`;
    }),
  );
  return `${lines.join('\n')}\n`;
}

/** Patterns for "where we are, and the next word" that lead to a command. */
function stepPatterns(outlines: readonly CommandOutline[]): string {
  const paths = outlines.map(({ path }) => path).filter((path) => path !== '');
  return paths.map((path) => `'${path.includes(' ') ? path : ` ${path}`}'`).join(' | ');
}

function fishCondition(path: string, outlines: readonly CommandOutline[]): string {
  if (path === '') return '__fish_use_subcommand';
  const seen = path.split(' ').map((name) => `__fish_seen_subcommand_from ${name}`);
  const below = outlines.flatMap((other) =>
    other.path.startsWith(`${path} `) ? [other.path.slice(path.length + 1)] : [],
  );
  return [...seen, ...(below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`])].join(
    '; and ',
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The words that can follow a command, for shell completion. */
interface CommandOutline {
  /** `` for the program itself, `cron next` for a command of a command. */
  readonly path: string;
  readonly words: readonly OutlineWord[];
}

/** A subcommand or an option. */
interface OutlineWord {
  readonly text: string;
  readonly description: string;
}

/** The program and all its commands, each before its own. */
function outlineOf(program: Command, path = ''): readonly CommandOutline[] {
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
