import { z } from 'zod';
import { durationForm, formatDuration, parseDuration } from './duration-text.ts';

/** Bounds of a duration, in the manifest's spelling: `{ min: '1s', max: '12h' }`. Both inclusive. */
export interface DurationRange {
  /** Default `0ms`. */
  readonly min?: string;
  /** Default: none. */
  readonly max?: string;
}

/**
 * A length of time in an options schema: takes text with units, gives milliseconds. Units are `ms`, `s`, `m`, `h` and `d`; a bare number is
 * rejected. Give defaults as text, so that the JSON Schema shows them as people write them: `duration().prefault('30s')`.
 */
export function duration(range: DurationRange = {}): z.ZodType<number, string> {
  const min = range.min === undefined ? 0 : parseBound(range.min);
  const max = range.max === undefined ? Number.MAX_SAFE_INTEGER : parseBound(range.max);
  return z
    .string({ error: ({ input }) => notADuration(input) })
    .meta({ pattern: durationForm.source, range: describe(range), examples: ['200ms', '5s', '1h30m'] })
    .transform((text, context) => {
      const ms = parseDuration(text);
      const problem = ms === undefined ? notADuration(text) : outside(ms, text, min, max);
      if (ms !== undefined && problem === undefined) return ms;
      context.addIssue({ code: 'custom', message: problem, input: text });
      return z.NEVER;
    });
}

function parseBound(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new TypeError(`not a duration: '${text}'`);
  return ms;
}

function notADuration(input: unknown): string {
  const wanted = 'a duration such as "200ms", "5s" or "1h30m"';
  return input === undefined ? `is required: ${wanted}` : `must be ${wanted}, got ${JSON.stringify(input)}`;
}

function outside(ms: number, text: string, min: number, max: number): string | undefined {
  if (ms < min) return `must be at least ${formatDuration(min)}, got ${text}`;
  if (ms > max) return `must be at most ${formatDuration(max)}, got ${text}`;
  return undefined;
}

function describe({ min, max }: DurationRange): string | undefined {
  if (min === undefined) return max && `at most ${max}`;
  return max === undefined ? `at least ${min}` : `${min} to ${max}`;
}
