import { z } from 'zod';

/** Bounds of a size, in the manifest's spelling: `{ min: '1MiB', max: '4GiB' }`. Both inclusive. */
export interface SizeRange {
  /** Default `0B`. */
  readonly min?: string;
  /** Default: none. */
  readonly max?: string;
}

const units: Readonly<Record<string, number>> = {
  TiB: 2 ** 40,
  TB: 1e12,
  GiB: 2 ** 30,
  GB: 1e9,
  MiB: 2 ** 20,
  MB: 1e6,
  KiB: 2 ** 10,
  KB: 1000,
  B: 1,
};

const form = /^(\d+)(B|[KMGT]i?B)$/;

/**
 * A number of bytes in an options schema: takes text with a unit, gives bytes. `KiB`, `MiB`, `GiB`, `TiB` are powers of 1024, `KB`, `MB`, `GB`, `TB`
 * powers of 1000, `B` is bytes; a bare number is rejected. Give defaults as text: `size().prefault('8MiB')`.
 */
export function size(range: SizeRange = {}): z.ZodType<number, string> {
  const min = range.min === undefined ? 0 : parseBound(range.min);
  const max = range.max === undefined ? Number.MAX_SAFE_INTEGER : parseBound(range.max);
  return z
    .string({ error: ({ input }) => notASize(input) })
    .meta({ pattern: form.source, range: describe(range), examples: ['512KiB', '64MiB', '1GB'] })
    .transform((text, context) => {
      const bytes = parseSize(text);
      const problem = bytes === undefined ? notASize(text) : outside(bytes, text, min, max);
      if (bytes !== undefined && problem === undefined) return bytes;
      context.addIssue({ code: 'custom', message: problem, input: text });
      return z.NEVER;
    });
}

/** Bytes, or `undefined` if the text is not a size (or is more than 2^53 - 1 bytes). */
export function parseSize(text: string): number | undefined {
  const [, count, unit] = form.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const bytes = Number(count) * (units[unit] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest text that `parseSize` reads back: `67108864` is `64MiB`. */
export function formatSize(bytes: number): string {
  const [unit, bytesPerUnit] = Object.entries(units).find(([, each]) => bytes >= each && bytes % each === 0) ?? [
    'B',
    1,
  ];
  return `${bytes / bytesPerUnit}${unit}`;
}

function parseBound(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new TypeError(`not a size: '${text}'`);
  return bytes;
}

function notASize(input: unknown): string {
  const wanted = 'a size such as "512KiB", "64MiB" or "1GB"';
  return input === undefined ? `is required: ${wanted}` : `must be ${wanted}, got ${JSON.stringify(input)}`;
}

function outside(bytes: number, text: string, min: number, max: number): string | undefined {
  if (bytes < min) return `must be at least ${formatSize(min)}, got ${text}`;
  if (bytes > max) return `must be at most ${formatSize(max)}, got ${text}`;
  return undefined;
}

function describe({ min, max }: SizeRange): string | undefined {
  if (min === undefined) return max && `at most ${max}`;
  return max === undefined ? `at least ${min}` : `${min} to ${max}`;
}
