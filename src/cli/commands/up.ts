import { type Command, InvalidArgumentError } from 'commander';
import { SluiceError } from '../../errors.ts';
import type { Io } from '../io.ts';
import { namedTrigger } from '../manifest/named-trigger.ts';
import { openManifest } from '../manifest/open-manifest.ts';
import { globalsOf, timeOption } from '../program.ts';
import type { UpOptions } from './up-session.ts';

export function registerUp(program: Command, io: Io): void {
  program
    .command('up')
    .description(
      'run the triggers of the manifest until SIGTERM or SIGINT: the first drains, the second cancels, the third exits at once; SIGHUP reloads',
    )
    .option('--only <trigger>', 'only this trigger; may be repeated', repeated, [])
    .option('--until-idle <time>', 'handle waiting events, and exit after this long without new ones', timeOption)
    .option('--trace <where>', 'print each delivery as a tree: console', where)
    .option('--no-build', 'do not run build commands')
    .option('--watch', 'reload components when they change; build them first if the manifest says how')
    .addHelpText(
      'after',
      '\nSIGHUP builds stale components and reloads those whose bytes have changed. New events go to the new component; running calls\n' +
        'finish on the old one, which stays in use if the new one cannot be loaded. The manifest is not read again.',
    )
    .action(async (options: UpOptions, command: Command) => {
      const globals = globalsOf(command);
      const opened = await openManifest(globals, io);
      if (opened.app.triggers.length === 0) throw nothingToRun(opened.app.file);
      for (const name of options.only) namedTrigger(opened.app, name);
      const { UpSession } = await import('./up-session.ts');
      await using session = new UpSession(opened, { ...options, verbose: globals.verbose }, io);
      await session.run();
    });
}

function nothingToRun(file: string): SluiceError {
  return new SluiceError('SLU1302', 'the manifest has no trigger', {
    place: { file },
    fix: 'add one, such as [[trigger.queue]]',
  });
}

function repeated(name: string, before: readonly string[]): readonly string[] {
  return [...before, name];
}

function where(text: string): 'console' {
  if (text === 'console') return text;
  throw new InvalidArgumentError("It must be 'console'; OTEL_TRACES_EXPORTER says where else traces go.");
}
