import pino from 'pino';
import type { DestinationStream } from 'pino';
import type { Logger } from '../logger.ts';
import { hideUserInfo, printable, printableJson } from '../printable.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** JSON lines, or text for people. Default: text on a terminal, JSON elsewhere. */
  readonly format?: 'json' | 'human';
  /** Default: stderr, since stdout is data. */
  readonly stream?: LogStream;
}

/** Names of bindings that hold secrets, at the top level or one below. */
const SECRETS = [
  'password',
  'pass',
  'token',
  'secret',
  'authorization',
  'credentials',
  'nkey',
  'seed',
  'jwt',
  'apiKey',
];
/** Sluice's own log. Values of bindings with names of secrets, and user names and passwords in URLs, are written as `***`. */
export function createLogger({ level = 'info', format, stream = process.stderr }: LogOptions = {}): Logger {
  const human = format === undefined ? stream.isTTY === true : format === 'human';
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '***' },
      hooks: { streamWrite: (line) => printableJson(hideUserInfo(line)) },
    },
    human ? humanLog(stream) : stream,
  );
}

/** Where lines are written. */
export interface LogStream extends DestinationStream {
  readonly isTTY?: boolean;
}

const COLOURS: Readonly<Record<string, number>> = { debug: 2, info: 32, warn: 33, error: 31, fatal: 31 };
/** Keys of a line that are not printed as bindings. */
const PLACED = new Set(['level', 'time', 'msg', 'err']);

/** Turns JSON log lines into text: `12:03:04.567 warn  trigger lost its source  trigger=jobs pauseMs=250`. */
function humanLog(stream: LogStream): { write(line: string): void } {
  const coloured = stream.isTTY === true && !process.env['NO_COLOR'] && !process.env['CI'];
  const paint = (code: number, text: string): string => (coloured ? `\u001B[${code}m${text}\u001B[0m` : text);
  return {
    write(line) {
      const entry: Record<string, unknown> = JSON.parse(line);
      const level = String(entry['level']);
      const rest = Object.entries(entry).filter(([key]) => !PLACED.has(key));
      const parts = [
        paint(2, String(entry['time']).slice(11, 23)),
        paint(COLOURS[level] ?? 0, level.padEnd(5)),
        textOf(entry['msg'] ?? ''),
        ...rest.map(([key, value]) => paint(2, `${printable(key)}=${textOf(value)}`)),
      ];
      stream.write(`${parts.join(' ')}\n${errorText(entry['err'])}`);
    },
  };
}

/** An error under its line: its message and causes. Stacks are only in the JSON form. */
function errorText(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { code, message } = err as { readonly code?: unknown; readonly message?: unknown };
  return `  ${code === undefined ? '' : `${textOf(code)}: `}${textOf(message)}\n`;
}

function textOf(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
