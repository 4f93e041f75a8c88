import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type Command, InvalidArgumentError } from 'commander';
import { SluiceError } from '../errors.ts';
import type { Header } from '../event.ts';
import { fileTrouble } from '../file-trouble.ts';
import { openRegularFile, readRegularFile } from '../regular-file.ts';
import type { Io } from './io.ts';

/** No event may have more: the upper end of limits.event_size. */
const MOST_DATA_BYTES = 2 ** 30;

/** Where the data of a command comes from: the argument, `--file PATH`, or `-` for stdin. */
export interface PayloadOptions {
  readonly file?: string;
  readonly header: readonly Header[];
  readonly contentType?: string;
  readonly key?: string;
}

/** Adds the options that say what an event or a message is made of. */
export function addPayloadOptions(command: Command): Command {
  return command
    .option('-f, --file <path>', 'read the data from a file, or from stdin with -')
    .option('-H, --header <name=value>', 'add a header; may be repeated', header, [])
    .option('--content-type <type>', 'the media type of the data')
    .option('--key <key>', 'the ordering or partitioning key');
}

/** The data as bytes; none when none was given. Throws SLU1001 when it was given twice, or a file can't be read. */
export async function readPayload(data: string | undefined, { file }: PayloadOptions, io: Io): Promise<Uint8Array> {
  const from = sourceOf(data, file);
  if (from === undefined) return new TextEncoder().encode(data ?? '');
  if (from === '-') return Buffer.concat(await Array.fromAsync(io.stdin));
  try {
    return readRegularFile(resolve(io.cwd, from), MOST_DATA_BYTES);
  } catch (thrown) {
    throw unreadable(from, thrown);
  }
}

/** Each line that is not empty, without its end; read as it comes, so that a file of any size will do. */
export async function* readLines(
  data: string | undefined,
  { file }: PayloadOptions,
  io: Io,
): AsyncGenerator<Uint8Array> {
  const from = sourceOf(data, file) ?? (data === undefined ? '-' : undefined);
  const input = from === undefined ? [data ?? ''] : from === '-' ? io.stdin : await streamOf(from, io);
  const lines = createInterface({ input: Readable.from(input), crlfDelay: Infinity });
  try {
    for await (const line of lines) if (line.trim() !== '') yield new TextEncoder().encode(line);
  } catch (thrown) {
    throw unreadable(from ?? 'the data', thrown);
  }
}

async function streamOf(file: string, io: Io): Promise<Readable> {
  try {
    return (await openRegularFile(resolve(io.cwd, file), Infinity)).createReadStream();
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
}

function sourceOf(data: string | undefined, file: string | undefined): string | undefined {
  if (data === '-' && file === undefined) return '-';
  if (data !== undefined && file !== undefined) {
    throw new SluiceError('SLU1001', 'the data was given twice: as an argument and with --file', {
      fix: 'leave one of them out',
    });
  }
  return file;
}

function unreadable(file: string, thrown: unknown): SluiceError {
  return new SluiceError('SLU1001', `${file} can't be read: ${fileTrouble(thrown)}`, {
    cause: thrown,
    fix: 'name a file, or write - to read the data from stdin',
  });
}

function header(text: string, before: readonly Header[]): readonly Header[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must have the form NAME=VALUE.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}
