import type { Command } from 'commander';
import { manifestJsonSchema } from '../../manifest/schema/json-schema.ts';
import { jsonText } from '../../printable.ts';
import { builtInAdapters } from '../manifest/load-adapters.ts';
import type { Io } from '../io.ts';

export function registerSchema(program: Command, io: Io): void {
  program
    .command('schema')
    .description('print the JSON Schema of sluice.toml, for editors and other tools')
    .action(async () => {
      io.stdout.write(`${jsonText(manifestJsonSchema(await builtInAdapters()), 2)}\n`);
    });
}
