import { parse, TomlError } from 'smol-toml';
import { MOST_TEXT_BYTES } from '../../regular-file.ts';
import { ManifestError } from '../manifest-error.ts';
import { frameOf, linesOf } from '../manifest-text.ts';
import { isTable, type TomlTable } from './toml-table.ts';

/** Nesting of tables and arrays: twice what any adapter needs. */
const MOST_LEVELS = 32;

function mustFit(fits: boolean, file: string, what: string): void {
  if (fits) return;
  const frame = { text: '', start: 0, length: 1 };
  throw new ManifestError(file, [
    { code: 'SLU1103', path: '', line: 1, column: 1, frame, message: `the manifest ${what}` },
  ]);
}

/** Level by level: a document may be nested deeper than the stack. */
function isDeeper(document: TomlTable, levels: number): boolean {
  let level: readonly object[] = [document];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap(
      (each) => Object.values(each).filter((value) => isTable(value) || Array.isArray(value)) as object[],
    );
  }
  return false;
}

/** Throws a ManifestError with SLU1102 or SLU1103. */
export function parseToml(text: string, file: string): TomlTable {
  try {
    mustFit(text.length <= MOST_TEXT_BYTES, file, `has more than ${MOST_TEXT_BYTES} characters`);
    const document = parse(text, { unsafeKeyBehaviour: 'throw', maxDepth: MOST_LEVELS });
    mustFit(!isDeeper(document, MOST_LEVELS), file, `has tables or arrays nested more than ${MOST_LEVELS} deep`);
    return document;
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const { line, column } = thrown;
    const frame = frameOf(linesOf(text), { line, column, length: 1 });
    const said = /^Invalid TOML document: (.*)$/m.exec(thrown.message)?.[1] ?? 'it cannot be parsed';
    const isUnfinished = said.startsWith('control characters') && frame.start >= frame.text.length;
    const reason = isUnfinished ? 'unfinished string' : said;
    const message = `the manifest is not TOML: ${reason}`;
    const fix = said.includes('losslessly')
      ? { fix: 'write it as a string: only numbers up to 2^53 - 1 are exact' }
      : {};
    throw new ManifestError(file, [{ code: 'SLU1102', path: '', line, column, frame, message, ...fix }], thrown);
  }
}
