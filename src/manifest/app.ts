import type { PublishGrant } from '../publish-grant.ts';
import type { ManifestText } from './manifest-text.ts';

/** A checked manifest: every reference resolves, every default is filled in, every path is absolute. */
export interface App {
  /** `app.name`; default: the name of the manifest's folder. */
  readonly name: string;
  /** The manifest, absolute. */
  readonly file: string;
  /** The folder that relative paths in the manifest start from. */
  readonly dir: string;
  readonly state: { readonly path: string };
  /** Limits of the local store; beyond either, the oldest letters are removed. */
  readonly deadLetters: { readonly maxAgeMs: number; readonly maxBytes: number };
  /** Transpiled components, by digest. */
  readonly cache: { readonly dir: string };
  readonly limits: { readonly eventBytes: number; readonly hops: number };
  readonly shutdown: { readonly graceMs: number };
  readonly server: ServerSettings;
  readonly connections: ReadonlyMap<string, ConnectionSettings>;
  readonly components: ReadonlyMap<string, ComponentSettings>;
  /** In the order of the manifest's types, then of its tables. */
  readonly triggers: readonly TriggerSettings[];
  readonly outputs: ReadonlyMap<string, OutputSettings>;
  readonly stores: ReadonlyMap<string, StoreSettings>;
  /** Where each value was written, for messages about it. */
  readonly manifest: ManifestText;
}

/** Metrics and health. */
export interface ServerSettings {
  readonly listen: { readonly host: string; readonly port: number } | 'off';
  /** Accepted `Host` names, beside addresses and `localhost`. */
  readonly hosts: readonly string[];
}

export interface ConnectionSettings {
  readonly name: string;
  /** `Adapter.type`. */
  readonly type: string;
  /** Output of the adapter's `connection.schema`. */
  readonly options: unknown;
}

export interface ComponentSettings {
  readonly name: string;
  /** The .wasm file, absolute. */
  readonly source: string;
  readonly build?: BuildSettings;
  /** The contract through which it is called: the name of a contract or an export. Absent: see contractsMet. */
  readonly contract?: string;
  /** Whether an import that Sluice does not provide is an error, rather than a stub that fails when it is called. */
  readonly strictImports: boolean;
  /** `glue`: events always reach it through generated code. */
  readonly callPath: 'auto' | 'glue';
  readonly limits: ComponentLimits;
  readonly pool: PoolSettings;
  /** The arguments of a command, after its name. */
  readonly args: readonly string[];
  /** The component's wasi:config. */
  readonly config: Readonly<Record<string, string>>;
  readonly allow: AllowSettings;
}

export interface BuildSettings {
  /** A command line for a shell. */
  readonly command: string;
  /** Where it runs, absolute. */
  readonly dir: string;
  /** Globs relative to `dir`; a change rebuilds. */
  readonly watch: readonly string[];
}

export interface ComponentLimits {
  readonly memoryBytes: number;
  /** Time limit of one call. */
  readonly timeoutMs: number;
  /** Calls after which an instance is retired. */
  readonly maxCalls: number;
  /** Size limit of all messages that one call returns. */
  readonly outputBytes: number;
  /** Memory limit of one process of a pool with processes. */
  readonly budgetBytes: number;
}

export interface PoolSettings {
  /** Where guests run: in threads of this process, or in a child process for each thread. */
  readonly host: 'thread' | 'process';
  readonly threads: number;
  /** Instances in all threads together; at least `threads`. */
  readonly instances: number;
  readonly isolation: 'shared' | 'fresh';
}

/** A component's grants. Everything else is denied. */
export interface AllowSettings {
  /** Origins: `https://api.example.com`. */
  readonly http: readonly string[];
  /** Keys of `App.outputs` -> patterns of the topics that it may name for them while it runs. */
  readonly publish: PublishGrant;
  /** Names of key-value stores: keys of `App.stores`; others are in the state file. */
  readonly keyvalue: readonly string[];
  /** Guest path -> host folder, absolute. */
  readonly files: Readonly<Record<string, { readonly host: string; readonly readonly: boolean }>>;
  readonly env: Readonly<Record<string, string>>;
}

export interface TriggerSettings {
  /** Unique among triggers. */
  readonly name: string;
  /** `Adapter.type`. */
  readonly type: string;
  /** A key of `App.components`. */
  readonly component: string;
  /** A key of `App.connections`, of the same type. */
  readonly connection?: string;
  /** A key of `App.stores`: replicas share that store instead of the state file. */
  readonly store?: string;
  /** Deliveries that may be unsettled at once. */
  readonly concurrency: number;
  /** Whether an event of a lane starts only when the one ahead of it is settled. */
  readonly orderStrict: boolean;
  readonly retry: RetrySettings;
  readonly deadLetter: DeadLetterSettings;
  /** When the trigger cannot be restarted: the others continue, or the process ends. */
  readonly onFailure: 'keep' | 'exit';
  /** Overrides the component's `limits.timeoutMs` for calls of this trigger. */
  readonly timeoutMs?: number;
  /** Output of the adapter's `trigger.schema`. */
  readonly options: unknown;
  /** Its path in the manifest: `trigger.queue[0]`. */
  readonly path: string;
}

export interface RetrySettings {
  /** Total attempts, including the first. */
  readonly attempts: number;
  /** Upper bound of the first delay; each next one doubles. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** Events older than this are not retried. Absent: age does not matter. */
  readonly maxAgeMs?: number;
}

/** Where an event goes when it is given up on. `output` is a key of `App.outputs`. */
export type DeadLetterSettings =
  | { readonly kind: 'store' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'output'; readonly output: string };

export interface OutputSettings {
  readonly name: string;
  /** `Adapter.type`. */
  readonly type: string;
  /** A key of `App.connections`, of the same type. */
  readonly connection?: string;
  /** Output of the adapter's `output.schema`. */
  readonly options: unknown;
}

/** A store that replicas on any machines share. */
export interface StoreSettings {
  readonly name: string;
  /** `Adapter.type`. */
  readonly type: string;
  /** A key of `App.connections`, of the same type. */
  readonly connection?: string;
  /** Output of the adapter's `store.schema`. */
  readonly options: unknown;
}
