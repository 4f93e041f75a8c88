import { type Command, InvalidArgumentError } from 'commander';
import type { App, TriggerSettings } from '../../manifest/app.ts';
import { systemClock } from '../../clock.ts';
import { jsonText, printable } from '../../printable.ts';
import type { Io } from '../io.ts';
import { notDefined } from '../manifest/named-trigger.ts';
import { openManifest } from '../manifest/open-manifest.ts';
import { globalsOf, wholeNumber } from '../program.ts';

interface NextOptions {
  readonly count: number;
  readonly from?: number;
}

export function registerCron(program: Command, io: Io): void {
  const cron = program.command('cron').description('look at schedules');
  cron
    .command('next')
    .argument('[name]', 'a cron trigger; default: all of them')
    .option('-n, --count <number>', 'how many times to print', wholeNumber, 5)
    .option('--from <time>', 'start from this time instead of now', timestamp)
    .description('print when triggers are due next, jitter left out')
    .action(async (name: string | undefined, { count, from }: NextOptions, command: Command) => {
      const globals = globalsOf(command);
      const { app } = await openManifest(globals, io);
      const { nextSlots } = await import('../../../triggers/cron/options.ts');
      const after = from ?? systemClock.now();
      const due = chosen(app, name).map((trigger) => ({
        trigger: trigger.name,
        next: nextSlots(trigger.options, after, count).map((slot) => new Date(slot).toISOString()),
      }));
      const lines = due.flatMap(({ trigger, next }) => next.map((time) => printable(`${trigger}  ${time}`)));
      io.stdout.write(globals.json ? `${jsonText(due, 2)}\n` : lines.map((line) => `${line}\n`).join(''));
    });
}

function chosen(app: App, name: string | undefined): readonly TriggerSettings[] {
  const schedules = app.triggers.filter(({ type }) => type === 'cron');
  if (name === undefined) return schedules;
  const found = schedules.filter((trigger) => trigger.name === name);
  if (found.length > 0) return found;
  throw notDefined(
    'cron trigger',
    name,
    schedules.map((trigger) => trigger.name),
  );
}

function timestamp(text: string): number {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('It must be a time such as 2026-11-01T07:00:00Z.');
}
