import { z } from 'zod';
import type { Adapter } from '../../trigger/adapter.ts';
import { duration } from '../../trigger/duration.ts';
import { size } from '../../trigger/size.ts';
import { componentSchema } from './component-schema.ts';
import { nameSchema, triggerKeys } from './trigger-schema.ts';
import { DEFAULT_STATE_PATH, type ManifestTable } from '../state-path.ts';
import { sharedTable, type SharedTable, type SharedTableValue, tableOfType } from './shared-table.ts';
import { formatKey } from '../toml/toml-table.ts';

const path = z.string().min(1);
const connectionName = z.string().describe('The connection that it uses.');
const storeName = z
  .string()
  .optional()
  .describe('The store in which replicas on any machines agree. Default: the state file.');

/**
 * The one schema of sluice.toml, which includes the adapters' schemas. It parses a document and words its errors, and `manifestJsonSchema`
 * prints it. References between tables (names that must exist) are checked by `checkReferences`.
 */
export function manifestSchema(adapters: readonly Adapter[]) {
  return z.strictObject({
    app: z
      .strictObject({
        name: z.string().min(1).optional().describe("Default: the name of the manifest's folder."),
      })
      .prefault({})
      .describe('The application; its name is service.name in telemetry.'),
    state: z
      .strictObject({
        path: path.prefault(DEFAULT_STATE_PATH).describe('The state file, relative to the manifest.'),
      })
      .prefault({})
      .describe("Sluice's own state: queue items, cron slots, dead letters, key-value data."),
    dead_letters: z
      .strictObject({
        max_age: duration({ min: '1m', max: '3650d' })
          .prefault('30d')
          .describe('Older ones are removed, and counted as purged.'),
        max_size: size({ min: '1MiB', max: '1TiB' })
          .prefault('1GiB')
          .describe('Size of all of them; beyond it the oldest are removed, and counted as purged.'),
      })
      .prefault({})
      .describe('How long the local store keeps dead letters, and how much.'),
    cache: z
      .strictObject({
        dir: path
          .prefault('.sluice/cache')
          .describe('Relative to the manifest; may be deleted at any time. SLUICE_CACHE_DIR names another default.'),
      })
      .prefault({})
      .describe('Transpiled components.'),
    limits: z
      .strictObject({
        event_size: size({ min: '1KiB', max: '1GiB' }).prefault('8MiB').describe('Data of one event or message.'),
        hops: z
          .int()
          .min(1)
          .max(999_999_999)
          .prefault(100)
          .describe('How often events may be published on behalf of one another; a longer chain counts as a circle.'),
      })
      .prefault({})
      .describe('Limits of the whole application.'),
    shutdown: z
      .strictObject({
        grace: duration({ max: '1h' })
          .prefault('25s')
          .describe('How long running calls may finish after SIGTERM; keep it under the 30s of Kubernetes.'),
      })
      .prefault({})
      .describe('How Sluice stops.'),
    server: z
      .strictObject({
        listen: listenAddress()
          .prefault('127.0.0.1:9464')
          .describe('Metrics and health: HOST:PORT (port 0: any free one), or "off".'),
        hosts: z
          .array(
            z
              .string()
              .regex(/^[\w.-]+$/, { error: 'must be a host name without a port, such as "sluice.example.com"' }),
          )
          .prefault([])
          .describe('Accepted Host names, beside addresses and localhost; others are refused (DNS rebinding).'),
      })
      .prefault({})
      .describe('The HTTP server for metrics and health.'),
    connection: z
      .record(nameSchema, tableOfType(connectionTables(adapters)))
      .prefault({})
      .describe('Brokers, by name.'),
    component: z.record(nameSchema, componentSchema).prefault({}).describe('Components, by name.'),
    trigger: triggerArrays(adapters).prefault({}).describe('Triggers, by type.'),
    output: z
      .record(nameSchema, tableOfType(brokeredTables(adapters, 'output')))
      .prefault({})
      .describe(
        'Destinations of messages that components return, by the name in their `to`. Default type: that of the connection, or of the only adapter that publishes without one.',
      ),
    store: z
      .record(nameSchema, tableOfType(brokeredTables(adapters, 'store')))
      .prefault({})
      .describe(
        "Stores that replicas on any machines share, by the name in a trigger's `store` or a component's allow.keyvalue. Default type: that of the connection.",
      ),
  } satisfies Record<ManifestTable, z.ZodType>);
}

function connectionTables(adapters: readonly Adapter[]): Map<string, SharedTable<{ type: string }>> {
  const tables = new Map<string, SharedTable<{ type: string }>>();
  for (const { type, summary, connection } of adapters) {
    const keys = z.object({ type: z.literal(type).describe(summary) });
    if (connection !== undefined) tables.set(type, { keys, options: connection.schema });
  }
  return tables;
}

interface BrokeredKeys {
  readonly type: string;
  readonly connection?: string | undefined;
}

/** An output or a store may leave its type out where `withImpliedTypes` knows it. */
function brokeredTables(
  adapters: readonly Adapter[],
  part: 'output' | 'store',
): Map<string, SharedTable<BrokeredKeys>> {
  const tables = new Map<string, SharedTable<BrokeredKeys>>();
  for (const { type, summary, connection, [part]: opened } of adapters) {
    const alone = z.object({
      type: z
        .literal(type)
        .optional()
        .transform(() => type)
        .describe(summary),
    });
    const keys = connection === undefined ? alone : alone.extend({ connection: connectionName });
    if (opened !== undefined) tables.set(type, { keys, options: opened.schema });
  }
  return tables;
}

interface TriggerKeys extends z.output<typeof triggerKeys> {
  readonly connection?: string | undefined;
  readonly store?: string | undefined;
}

/** Unknown types pass here: `checkReferences` reports them with more detail. */
function triggerArrays(adapters: readonly Adapter[]) {
  const arrays: Record<string, z.ZodType<SharedTableValue<TriggerKeys>[] | undefined>> = {};
  for (const { type, summary, connection, trigger } of adapters) {
    if (trigger === undefined) continue;
    const own = connection === undefined ? triggerKeys : triggerKeys.extend({ connection: connectionName });
    const keys = trigger.takesStore === true ? own.extend({ store: storeName }) : own;
    const table = sharedTable<TriggerKeys>({ keys, options: trigger.schema });
    const error = `must be an array of tables: write [[trigger.${formatKey(type)}]]`;
    arrays[type] = z.array(table, { error }).optional().describe(summary);
  }
  return z.looseObject(arrays);
}

function listenAddress(): z.ZodType<{ host: string; port: number } | 'off', string> {
  return z.string().transform((text, context) => {
    if (text === 'off') return text;
    const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
    const host = bracketed ?? plain;
    if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
    context.addIssue({
      code: 'custom',
      message: `must be HOST:PORT such as "127.0.0.1:9464", or "off", got ${JSON.stringify(text)}`,
    });
    return z.NEVER;
  });
}
