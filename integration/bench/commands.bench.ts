import { writeFileSync } from 'node:fs';
import { buildGuest } from '../guests/build-guest.ts';
import { sluice } from '../sluice-process.ts';
import { buildPackage } from './build-package.ts';
import { type Bench, figure } from './figure.ts';
import { inTurn, timed } from './rounds.ts';
import { TemporaryFolder } from './temporary-folder.ts';

export const commands: Bench = {
  name: 'commands',
  about: 'commands that ask a question or publish an event, as processes from start to end',
  async run() {
    buildPackage();
    using folder = new TemporaryFolder();
    writeFileSync(folder.in('sluice.toml'), manifest(await buildGuest('accepts')));
    const command =
      (...args: readonly string[]) =>
      () =>
        timed(async () => {
          const { code, stderr } = await sluice(args, { cwd: folder.path, entry: 'built' });
          if (code !== 0) throw new Error(`sluice ${args.join(' ')} ended with ${code}:\n${stderr}`);
        });
    const rounds = await inTurn('commands', {
      publish: command('publish', 'in', 'an event'),
      'dead-list': command('dead', 'list'),
      'cron-next': command('cron', 'next'),
    });
    const of = (name: 'publish' | 'dead-list' | 'cron-next') =>
      figure(
        rounds.map((round) => round[name]),
        { goal: 250, unit: 'ms', better: 'lower' },
      );
    return {
      'commands.dead-list': of('dead-list'),
      'commands.cron-next': of('cron-next'),
      'commands.publish': of('publish'),
    };
  },
};

function manifest(source: string): string {
  return `
[app]
name = "bench"
[component.c]
source = "${source}"
[[trigger.queue]]
name = "in"
queue = "q"
component = "c"
[[trigger.cron]]
name = "hourly"
schedule = "0 * * * *"
component = "c"
`;
}
