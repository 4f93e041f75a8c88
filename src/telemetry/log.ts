import pino from 'pino';
import type { Logger } from '../logger.ts';
import { printableJson } from '../printable.ts';
import { hideUserInfo } from '../user-info.ts';
import { humanLog, type LogStream } from './human-log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** JSON lines, or text for people. Default: text on a terminal, JSON elsewhere. */
  readonly format?: 'json' | 'human';
  /** Default: stderr, since stdout is data. */
  readonly stream?: LogStream;
}

/** Names of bindings that hold secrets, at the top or one level down. */
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
/** Sluice's own log. Values of bindings that are named like secrets, and user names and passwords in URLs, are written as `***`. */
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
