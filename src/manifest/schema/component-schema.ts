import { z } from 'zod';
import { allowedOrigin, originText } from '../../http-origin.ts';
import { isTopicPattern } from '../../publish-grant.ts';
import { duration } from '../../trigger/duration.ts';
import { size } from '../../trigger/size.ts';
import { display } from './issue-wording.ts';

const text = z.string().min(1);

const build = z
  .strictObject({
    command: text.describe('A shell command that makes the source.'),
    dir: text.prefault('.').describe('Where the command runs, relative to the manifest.'),
    watch: z.array(text).prefault([]).describe('Globs relative to dir; a change rebuilds.'),
  })
  .describe('How the component is built from its source.');

const limits = z
  .strictObject({
    memory: size({ min: '1MiB', max: '4GiB' }).prefault('64MiB').describe('Linear memory of one instance.'),
    timeout: duration({ min: '1ms', max: '24h' }).prefault('30s').describe('Time limit of one call.'),
    max_calls: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .prefault(100_000)
      .describe('Calls after which an instance is retired, which releases what it has leaked.'),
    budget: size({ min: '256MiB', max: '1TiB' })
      .optional()
      .describe(
        'Memory of one process of the pool, with pool.host = "process" on Linux. With "thread": how much Sluice may grow while one guest runs, an estimate. Default: 256 MiB and four times limits.memory.',
      ),
    output_size: size({ min: '1KiB', max: '1GiB' })
      .prefault('8MiB')
      .describe(
        'Size of all messages for one event. Each message counts 512 bytes beside its content, and each header 64.',
      ),
  })
  .describe('Limits of one call and of one instance.');

const pool = z
  .strictObject({
    host: z
      .enum(['thread', 'process'])
      .prefault('thread')
      .describe(
        'thread: guests run in threads of Sluice. process: each thread is in a child process of its own, which can be killed and has a budget.',
      ),
    threads: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe(
        'Worker threads, or processes with one each. Default: one less than the processors, at least 1 and at most 4.',
      ),
    instances: z
      .int()
      .min(1)
      .max(10_000)
      .prefault(16)
      .describe('Instances in all threads together: calls that can run or wait at once.'),
    isolation: z
      .enum(['shared', 'fresh'])
      .prefault('shared')
      .describe(
        'shared: an instance serves many events, one after the other. fresh: for every event, the instance is in its first state.',
      ),
  })
  .refine(({ threads, instances }) => threads === undefined || threads <= instances, {
    path: ['threads'],
    error: 'must not be more than pool.instances',
  })
  .describe('Where instances run.');

const guestPath = z.string().regex(/^\/\S*$/, { error: 'must be an absolute path, such as "/data"' });

const allow = z
  .strictObject({
    http: z
      .array(origin())
      .prefault([])
      .describe(
        'Where HTTP requests may go: scheme, host and port, such as "https://api.example.com", "http://127.0.0.1:8080", or "https://*.example.com" for all names below one.',
      ),
    publish: z
      .record(text, z.array(topicPattern()).min(1))
      .prefault({})
      .describe(
        'Output = topics that the component may publish to it while it runs, such as ["orders.priced", "audit.*", "log.>"]: * is one part, > at the end one or more. A NATS output publishes to that subject; others have one place.',
      ),
    keyvalue: z.array(text).prefault([]).describe('Names of key-value stores.'),
    files: z
      .record(guestPath, hostFolder())
      .prefault({})
      .describe('Guest path = host folder, relative to the manifest; ":ro" (default) or ":rw" at its end.'),
    env: z.record(text, z.string()).prefault({}).describe('Environment variables of the component.'),
  })
  .describe('Grants of the component; everything else is denied.');

/** Keys of `[component.NAME]`. */
export const componentSchema = z.strictObject({
  source: text.describe('The .wasm file, relative to the manifest.'),
  build: build.optional(),
  contract: text
    .optional()
    .describe(
      'The export that receives events, such as "wasi:http/incoming-handler". Default: the first that suits the trigger; see sluice inspect.',
    ),
  strict_imports: z
    .boolean()
    .prefault(false)
    .describe(
      'Reject a component with imports that Sluice does not provide. Otherwise such an import fails when it is called.',
    ),
  call_path: z
    .enum(['auto', 'glue'])
    .prefault('auto')
    .describe('auto: events reach the component directly if it allows that. glue: always through generated code.'),
  limits: limits.prefault({}),
  pool: pool.prefault({}),
  args: z.array(z.string()).prefault([]).describe('Arguments of a component that is a command (wasi:cli/run).'),
  config: z.record(text, z.string()).prefault({}).describe('Values that the component reads through wasi:config.'),
  allow: allow.prefault({}),
});

function origin(): z.ZodType<string, string> {
  return z.string().transform((written, context) => {
    const origin = allowedOrigin(written);
    if (origin !== undefined) return originText(origin, origin.wildcard);
    context.addIssue({
      code: 'custom',
      message: `must be scheme, host and perhaps port, such as "https://api.example.com" or "https://*.example.com", got ${display(written)}`,
    });
    return z.NEVER;
  });
}

function topicPattern(): z.ZodType<string, string> {
  return text.refine(isTopicPattern, {
    error: ({ input }) =>
      `must be a topic or a pattern of topics, such as "orders.priced", "orders.*" or "orders.>", got ${display(input)}`,
  });
}

function hostFolder(): z.ZodType<{ host: string; readonly: boolean }, string> {
  return text.transform((written) => ({
    host: written.replace(/:r[ow]$/, ''),
    readonly: !written.endsWith(':rw'),
  }));
}
