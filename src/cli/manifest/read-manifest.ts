import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SluiceError } from '../../errors.ts';
import { fileTrouble, readRegularText } from '../../regular-file.ts';
import type { ExpansionSources } from '../../manifest/expansion.ts';
import { parseToml } from '../../manifest/toml/parse-toml.ts';
import type { TomlTable } from '../../manifest/toml/toml-table.ts';
import type { Io } from '../io.ts';
import type { GlobalOptions } from '../program.ts';

/** A manifest as it is written: its values are not checked. */
export interface WrittenManifest extends ExpansionSources {
  /** Absolute. */
  readonly file: string;
  readonly dir: string;
  readonly text: string;
  readonly document: TomlTable;
}

/** Reads the manifest that the command line names. Throws SLU1101 (not found), or a ManifestError when it is not TOML. */
export function readManifest({ manifest }: GlobalOptions, { cwd, env }: Io): WrittenManifest {
  const given = resolve(cwd, manifest);
  const file = statSync(given, { throwIfNoEntry: false })?.isDirectory() === true ? join(given, 'sluice.toml') : given;
  const text = textOf(file);
  const dir = dirname(file);
  const readFile = (path: string): string => readRegularText(resolve(dir, path));
  return { file, dir, text, document: parseToml(text, file), env, readFile };
}

function textOf(file: string): string {
  try {
    return readRegularText(file);
  } catch (thrown) {
    throw new SluiceError('SLU1101', `the manifest can't be read: ${fileTrouble(thrown)}`, {
      cause: thrown,
      place: { file },
      fix: 'go to its folder, or name it: sluice --manifest PATH',
    });
  }
}
