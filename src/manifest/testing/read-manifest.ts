import { z } from 'zod';
import type { Adapter } from '../../trigger/adapter.ts';
import { duration } from '../../trigger/duration.ts';
import type { App } from '../app.ts';
import { ManifestError, type ManifestProblem } from '../manifest-error.ts';
import { type ManifestContext, parseManifest } from '../parse-manifest.ts';

const neverOpened = (): never => {
  throw new TypeError('a manifest is read without opening anything');
};

function part<Schema extends z.ZodType>(schema: Schema) {
  return { schema, open: neverOpened, destination: neverOpened };
}

/** One adapter that needs a connection, one that needs none, and one that only triggers. */
export const adapters: readonly Adapter[] = [
  {
    type: 'nats',
    summary: 'A broker.',
    connection: { schema: z.strictObject({ servers: z.array(z.string()).min(1), password: z.string().optional() }) },
    trigger: part(z.strictObject({ stream: z.string(), durable: z.string().optional() })),
    output: part(z.strictObject({ subject: z.string() })),
    store: part(z.strictObject({ bucket: z.string() })),
  },
  {
    type: 'queue',
    summary: 'A queue.',
    trigger: part(z.object({ queue: z.string().min(1), lease: duration({ min: '1s' }).prefault('30s') })),
    output: part(z.strictObject({ queue: z.string() })),
  },
  {
    type: 'cron',
    summary: 'A schedule.',
    trigger: {
      takesStore: true,
      ...part(
        z
          .strictObject({
            schedule: z.string(),
            overlap: z.enum(['skip', 'queue', 'allow']).prefault('skip'),
            catch_up: z.union([z.literal('none'), duration(), z.strictObject({ max: z.int().min(1) })]).prefault('1h'),
          })
          .refine(({ schedule }) => schedule !== 'never', { error: 'a schedule that is never due' }),
      ),
    },
  },
];

/** Reads a manifest at /shop/sluice.toml, with nothing in the environment and no files. */
export function read(text: string, context: Partial<ManifestContext> = {}): App {
  const readFile = (path: string): string => {
    throw Object.assign(new Error(path), { code: 'ENOENT' });
  };
  return parseManifest(text, { file: '/shop/sluice.toml', adapters, env: {}, readFile, processors: 4, ...context });
}

/** The problems of a manifest. */
export function problemsOf(text: string, context: Partial<ManifestContext> = {}): readonly ManifestProblem[] {
  try {
    read(text, context);
    return [];
  } catch (thrown) {
    if (thrown instanceof ManifestError) return thrown.problems;
    throw thrown;
  }
}

/** The same, as `CODE line:column message (fix)`. */
export function complaints(text: string, context: Partial<ManifestContext> = {}): readonly string[] {
  return problemsOf(text, context).map(({ code, line, column, message, fix }) => {
    return `${code} ${line}:${column} ${message}${fix === undefined ? '' : ` (${fix})`}`;
  });
}
