import type { Command } from 'commander';
import { relative } from 'node:path';
import { effectiveSettings, type SettingOrigin } from '../../manifest/effective-settings.ts';
import { jsonText, printable } from '../../printable.ts';
import type { Io } from '../io.ts';
import { openManifest } from '../manifest/open-manifest.ts';
import { paintFor } from '../output/paint.ts';
import { globalsOf } from '../program.ts';

export function registerConfig(program: Command, io: Io): void {
  program
    .command('config')
    .description('print every value that is in effect, and where it comes from; secrets are hidden')
    .action(async (_options: unknown, command: Command) => {
      const globals = globalsOf(command);
      const { app, adapters } = await openManifest(globals, io);
      const settings = effectiveSettings(app, adapters);
      if (globals.json) {
        io.stdout.write(`${jsonText(settings, 2)}\n`);
        return;
      }
      const paint = paintFor(io.stdout, io.env, globals.color);
      const file = relative(io.cwd, app.file) || app.file;
      const lines = settings.map(({ path, value, origin }) => ({
        setting: printable(`${path} = ${JSON.stringify(value)}`),
        origin: originText(origin, file),
      }));
      const width = Math.min(60, Math.max(0, ...lines.map(({ setting }) => setting.length)));
      for (const { setting, origin } of lines) {
        io.stdout.write(`${setting.padEnd(width)}  ${paint('dim', `# ${origin}`)}\n`);
      }
    });
}

function originText(origin: SettingOrigin, file: string): string {
  switch (origin.kind) {
    case 'default':
    case 'derived':
      return origin.kind;
    case 'manifest':
      return `${file}:${origin.line}`;
    case 'reference':
      return `${file}:${origin.line}, ${origin.from.join(', ')}`;
  }
}
