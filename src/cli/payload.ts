import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { SluiceError } from '../errors.ts';
import type { Header } from '../event.ts';
import { fileTrouble, openRegularFile, readRegularFile } from '../regular-file.ts';
import type { Io } from './io.ts';

/** The largest event: the upper bound of limits.event_size. */
const MOST_DATA_BYTES = 2 ** 30;

/** Where the data of a command comes from: the argument, `--file PATH`, or `-` for stdin. */
export interface PayloadOptions {
  readonly file?: string;
  readonly header: readonly Header[];
  readonly contentType?: string;
  readonly key?: string;
}

/** Adds the options for the parts of an event or message. */
export function addPayloadOptions(command: Command): Command {
  return command
    .option('-f, --file <path>', 'read the data from a file, or from stdin with -')
    .option('-H, --header <name=value>', 'add a header; may be repeated', header, [])
    .option('--content-type <type>', 'the media type of the data')
    .option('--key <key>', 'the ordering or partitioning key');
}

/** The data as bytes; empty if none was given. Throws SLU1001 if it was given twice, or if a file can't be read. */
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

/** A line of bytes, without its end. */
export interface Line {
  /** 1 for the first; empty ones count. */
  readonly number: number;
  /** Empty if the line is longer than `most`: then only its length is known. */
  readonly data: Uint8Array;
  readonly length: number;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Each line that is not blank, byte for byte: only LF ends a line, and a CR before it belongs to the line end. The input is streamed, so it may
 * have any size; the bytes of a line longer than `most` are not kept.
 */
export async function* readLines(
  data: string | undefined,
  { file }: PayloadOptions,
  io: Io,
  most: number,
): AsyncGenerator<Line> {
  const from = sourceOf(data, file) ?? (data === undefined ? '-' : undefined);
  const input = from === undefined ? [Buffer.from(data ?? '')] : from === '-' ? io.stdin : await streamOf(from, io);
  const lines = new LineSplitter(most);
  try {
    for await (const chunk of input) yield* lines.split(chunk);
  } catch (thrown) {
    throw unreadable(from ?? 'the data', thrown);
  }
  yield* lines.end();
}

class LineSplitter {
  readonly #most: number;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #number = 0;

  constructor(most: number) {
    this.#most = most;
  }

  *split(chunk: Uint8Array): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      this.#add(chunk.subarray(start, end));
      yield* this.#line();
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
  }

  *end(): Generator<Line> {
    if (this.#length > 0) yield* this.#line();
  }

  #add(piece: Uint8Array): void {
    this.#length += piece.byteLength;
    if (this.#length > this.#most + 1) this.#pieces = []; // one more for a CR that is not part of it
    else if (piece.byteLength > 0) this.#pieces.push(piece);
  }

  *#line(): Generator<Line> {
    const whole = Buffer.concat(this.#pieces);
    const length = this.#length;
    this.#number += 1;
    this.#pieces = [];
    this.#length = 0;
    if (length > whole.byteLength) return yield { number: this.#number, data: new Uint8Array(), length };
    const data = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    if (!isBlank(data)) yield { number: this.#number, data, length: data.byteLength };
  }
}

/** Whether a line has only blanks, tabs and CRs. Any other byte is data. */
function isBlank(data: Uint8Array): boolean {
  return data.every((byte) => byte === 0x20 || byte === 0x09 || byte === CR);
}

async function streamOf(file: string, io: Io): Promise<AsyncIterable<Uint8Array>> {
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
