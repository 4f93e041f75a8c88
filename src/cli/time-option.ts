import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../trigger/duration-text.ts';

/** Reads an option that is a time, in milliseconds: more than nothing. */
export function timeOption(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('It must be a time such as 2s or 500ms.');
}
