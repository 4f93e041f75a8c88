import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { reasonOf, SluiceError } from '../../errors.ts';
import { fromSpin } from '../../manifest/from-spin.ts';
import { parseToml } from '../../manifest/toml/parse-toml.ts';
import { jsonText, printable } from '../../printable.ts';
import { readRegularText } from '../../regular-file.ts';
import type { Io } from '../io.ts';
import { globalsOf } from '../program.ts';

interface ImportOptions {
  readonly to?: string;
}

export function registerImport(program: Command, io: Io): void {
  program
    .command('import')
    .argument('<file>', 'a spin.toml, of manifest version 1 or 2')
    .description('convert a Spin application to a sluice.toml, and list what has no counterpart')
    .option('--to <file>', 'write to this file, which must not exist yet; default: standard output')
    .action((file: string, { to }: ImportOptions, command: Command) => {
      const imported = fromSpin(parseToml(textOf(resolve(io.cwd, file)), file));
      if (imported === undefined) {
        throw new SluiceError('SLU1201', `${printable(file)} is not a Spin manifest: it has no spin_manifest_version`, {
          fix: 'name a spin.toml of manifest version 1 or 2',
        });
      }
      if (to !== undefined) writeNew(resolve(io.cwd, to), imported.toml);
      if (globalsOf(command).json) io.stdout.write(`${jsonText(imported, 2)}\n`);
      else if (to === undefined) io.stdout.write(imported.toml);
      for (const sentence of imported.left) io.stderr.write(`left: ${sentence}\n`);
      if (to !== undefined) io.stderr.write(`wrote ${printable(to)}; next: sluice check -m ${printable(to)}\n`);
    });
}

function textOf(path: string): string {
  try {
    return readRegularText(path);
  } catch (thrown) {
    throw new SluiceError('SLU1101', `cannot read ${printable(path)}: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

function writeNew(path: string, text: string): void {
  const fix = 'name another file with --to, or leave it out to see the manifest';
  if (existsSync(path)) throw new SluiceError('SLU1001', `${printable(path)} exists already`, { fix });
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (thrown) {
    throw new SluiceError('SLU1001', `cannot write ${printable(path)}: ${reasonOf(thrown)}`, { fix, cause: thrown });
  }
}
