import type { RegisterCommand } from './run.ts';

/** Every command, in the order of the help text. A command is loaded when it is called, so that none waits for another's modules. */
const loaders: Readonly<Record<string, () => Promise<RegisterCommand>>> = {
  up: async () => (await import('./commands/up.ts')).registerUp,
  invoke: async () => (await import('./commands/invoke.ts')).registerInvoke,
  publish: async () => (await import('./commands/publish.ts')).registerPublish,
  trigger: async () => (await import('./commands/trigger.ts')).registerTrigger,
  dead: async () => (await import('./commands/dead.ts')).registerDead,
  cron: async () => (await import('./commands/cron.ts')).registerCron,
  check: async () => (await import('./commands/check.ts')).registerCheck,
  config: async () => (await import('./commands/config.ts')).registerConfig,
  schema: async () => (await import('./commands/schema.ts')).registerSchema,
  import: async () => (await import('./commands/import.ts')).registerImport,
  inspect: async () => (await import('./commands/inspect.ts')).registerInspect,
  explain: async () => (await import('./commands/explain.ts')).registerExplain,
  completion: async () => (await import('./commands/completion.ts')).registerCompletion,
};

/** Needs the names of all the others. */
const COMPLETION = 'completion';

/** The command that a command line calls. All of them if it calls none, or one that needs the others. */
export function commandsFor(argv: readonly string[]): Promise<readonly RegisterCommand[]> {
  const name = commandIn(argv);
  const load = name === undefined || name === COMPLETION || !Object.hasOwn(loaders, name) ? undefined : loaders[name];
  return Promise.all((load === undefined ? Object.values(loaders) : [load]).map((each) => each()));
}

/** The first word after the options that every command has. Any other option before a command concerns the program: help, version, or a mistake. */
function commandIn(argv: readonly string[]): string | undefined {
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-')) return word;
    if (word === '-m' || word === '--manifest') at += 1;
    else if (!/^(?:-m|--manifest=|--json$|--verbose$|--no-color$)/.test(word)) return undefined;
  }
  return undefined;
}
