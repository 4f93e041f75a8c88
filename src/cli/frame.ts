import type { ManifestFrame } from '../manifest/manifest-error.ts';
import { printableColumns } from '../printable.ts';
import type { Paint } from './paint.ts';

/** Columns of a line that are shown at most; of a longer one those around what is marked. */
const widest = 100;
const before = 40;

/** A line of the manifest with its number, and what is wrong in it underlined. */
export function renderFrame({ text, start, length }: ManifestFrame, line: number, paint: Paint): string {
  const from = text.length <= widest ? 0 : Math.max(0, Math.min(start - before, text.length - widest));
  const shown = printableColumns(text.slice(from, from + widest));
  const marks = '^'.repeat(Math.max(1, Math.min(length, shown.length - (start - from))));
  const number = String(line);
  const margin = ' '.repeat(number.length);
  return [`  ${number} | ${shown}`, `  ${margin} | ${' '.repeat(start - from)}${paint('red', marks)}`].join('\n');
}
