import type { Command } from 'commander';
import { manifestJsonSchema } from '../manifest/json-schema.ts';
import { builtInAdapters } from './adapters.ts';
import type { Io } from './io.ts';

export function registerSchema(program: Command, io: Io): void {
  program
    .command('schema')
    .description('print the JSON Schema of sluice.toml, for editors and other tools')
    .action(() => {
      io.stdout.write(`${JSON.stringify(manifestJsonSchema(builtInAdapters), undefined, 2)}\n`);
    });
}
