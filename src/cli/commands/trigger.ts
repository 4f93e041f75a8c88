import type { Command } from 'commander';
import { SluiceError } from '../../errors.ts';
import { jsonText } from '../../printable.ts';
import type { Io } from '../io.ts';
import { namedTrigger } from '../manifest/named-trigger.ts';
import { OpenAdapters } from '../manifest/open-adapters.ts';
import { openManifest } from '../manifest/open-manifest.ts';
import { globalsOf } from '../program.ts';

export function registerTrigger(program: Command, io: Io): void {
  program
    .command('trigger')
    .argument('<name>', 'a cron trigger')
    .argument('[data]', 'data for this run, instead of the payload in the manifest')
    .description('request one run of a schedule; the process that is up runs it now, or the next one at its start')
    .action(async (name: string, data: string | undefined, _options: unknown, command: Command) => {
      const globals = globalsOf(command);
      await using open = new OpenAdapters(await openManifest(globals, io), globals.verbose);
      const trigger = namedTrigger(open.app, name);
      if (trigger.type !== 'cron') {
        throw new SluiceError(
          'SLU1001',
          `trigger '${name}' is of type ${trigger.type}, which runs when an event arrives`,
          {
            fix: `sluice publish ${name} DATA`,
          },
        );
      }
      const payload = data === undefined ? undefined : new TextEncoder().encode(data);
      const { requestRun } = await import('../../../triggers/cron/run-request.ts');
      const id = await requestRun(open.adapters.contextFor(trigger), payload);
      if (globals.json) io.stdout.write(`${jsonText({ trigger: name, id })}\n`);
      else io.stderr.write(`run of ${name} requested\n`);
    });
}
