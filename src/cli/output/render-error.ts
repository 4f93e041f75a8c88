import { relative } from 'node:path';
import { inspect } from 'node:util';
import type { ErrorPlace, SluiceError } from '../../errors.ts';
import { ManifestError, type ManifestFrame, type ManifestProblem } from '../../manifest/manifest-error.ts';
import { hideUserInfo, printable, printableColumns, printableLines } from '../../printable.ts';
import type { Paint } from './paint.ts';

/** The most columns of a line that are shown. A longer line is cut to those around the marked part. */
const widest = 100;
const before = 40;

export interface RenderOptions {
  /** The folder to which file names are relative. */
  readonly cwd: string;
  /** With stacks and causes. */
  readonly verbose: boolean;
  readonly paint: Paint;
}

/** An error as a person reads it: code and cause in one line, the place, what state remains, one fix, and where to read on. */
export function renderError(error: SluiceError, options: RenderOptions): string {
  const text = error instanceof ManifestError ? manifestError(error, options) : singleError(error, options);
  return hideUserInfo(options.verbose ? `${text}\n${stackOf(error)}\n` : text);
}

/** A warning about the manifest. */
export function renderWarning(problem: ManifestProblem, file: string, options: RenderOptions): string {
  return manifestProblem(problem, file, options.paint('yellow', 'warning'), options);
}

function manifestError({ file, problems, code }: ManifestError, options: RenderOptions): string {
  const shownProblems = problems.map((problem) =>
    manifestProblem(problem, file, options.paint('red', 'error'), options),
  );
  const count = problems.length === 1 ? '' : `${problems.length} errors in ${shown(file, options)}; `;
  return `${shownProblems.join('\n')}\n${count}more about the first: sluice explain ${code}\n`;
}

function manifestProblem(
  { code, message, line, column, frame, fix }: ManifestProblem,
  file: string,
  kind: string,
  options: RenderOptions,
): string {
  return lines([
    heading(kind, code, message, options.paint),
    `  ${shown(file, options)}:${line}:${column}`,
    renderFrame(frame, line, options.paint),
    fix && `  fix: ${printable(fix)}`,
  ]);
}

/** A line of the manifest with its number; the faulty part is underlined. */
export function renderFrame({ text, start, length }: ManifestFrame, line: number, paint: Paint): string {
  const from = text.length <= widest ? 0 : Math.max(0, Math.min(start - before, text.length - widest));
  const shown = printableColumns(text.slice(from, from + widest));
  const marks = '^'.repeat(Math.max(1, Math.min(length, shown.length - (start - from))));
  const number = String(line);
  const margin = ' '.repeat(number.length);
  return [`  ${number} | ${shown}`, `  ${margin} | ${' '.repeat(start - from)}${paint('red', marks)}`].join('\n');
}

function singleError({ code, message, place, state, fix }: SluiceError, options: RenderOptions): string {
  return lines([
    heading(options.paint('red', 'error'), code, message, options.paint),
    place && `  in: ${printable(placeText(place, options))}`,
    state && `  state: ${printable(state)}`,
    fix && `  fix: ${printable(fix)}`,
    `  more: sluice explain ${code}`,
  ]);
}

function heading(kind: string, code: string, message: string, paint: Paint): string {
  return `${kind} ${paint('bold', code)}: ${printable(message)}`;
}

function placeText(
  { file, line, column, path, component, trigger, connection }: ErrorPlace,
  options: RenderOptions,
): string {
  const position = [file === undefined ? undefined : shown(file, options), line, column];
  return [
    trigger && `trigger ${trigger}`,
    component && `component ${component}`,
    connection && `connection ${connection}`,
    position.filter((part) => part !== undefined).join(':'),
    path,
  ]
    .filter(Boolean)
    .join(', ');
}

function shown(file: string, { cwd }: RenderOptions): string {
  const fromHere = relative(cwd, file);
  return printable(fromHere === '' || fromHere.startsWith('..') ? file : fromHere);
}

/** The message in its printable form, and the stack. */
function stackOf({ name, message, stack = '', cause }: Error): string {
  const places = printableLines(stack.slice(stack.indexOf(message) + message.length));
  const text = `${printable(name)}: ${printable(message)}${places}`;
  if (cause === undefined) return text;
  return `${text}\ncaused by ${cause instanceof Error ? stackOf(cause) : printableLines(inspect(cause))}`;
}

function lines(parts: readonly (string | undefined)[]): string {
  return `${parts.filter(Boolean).join('\n')}\n`;
}
