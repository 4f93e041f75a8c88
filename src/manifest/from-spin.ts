import { stringify } from 'smol-toml';
import { LONGEST_NAME, shortened } from '../bounded-text.ts';
import { allowedOrigin, originText } from '../http-origin.ts';
import { printable } from '../printable.ts';
import { isTable, tableAt, tablesAt, type TomlTable } from './toml/toml-table.ts';

/** A manifest that was converted from another project's. */
export interface ImportedManifest {
  /** The text of a sluice.toml. */
  readonly toml: string;
  /** Things without a counterpart, or that need a decision: one sentence each, in the order of the original. */
  readonly left: readonly string[];
}

/** Spin's triggers whose events Sluice takes from a queue, and the key that names their source. */
const sourceKeys: Readonly<Record<string, string>> = { redis: 'channel', mqtt: 'topic', sqs: 'queue_url' };

/** Longest name of a queue that is made here. */
const LONGEST_QUEUE = 63;

/** Keys of a component about its development or its composition by Spin, and others that Sluice has nothing for. */
const unserved: Readonly<Record<string, string>> = {
  sqlite_databases: 'SQLite databases',
  ai_models: 'language models',
  dependencies: 'components that are composed with it',
  exclude_files: 'files that are left out',
};

/** Converts a spin.toml of version 1 or 2 to a sluice.toml. `undefined` when it is neither. */
export function fromSpin(spin: TomlTable): ImportedManifest | undefined {
  const version = spin['spin_manifest_version'] ?? spin['spin_version'];
  const literal = withoutReferences(spin) as TomlTable; // as its argument
  if (version === 2) return new SpinImport(literal, tableAt(literal, 'application')).made();
  if (version === '1' || version === 1) return new SpinImport(inSecondForm(literal), literal).made();
  return undefined;
}

/** A copy without references: text that Sluice would expand is plain text to Spin. */
function withoutReferences(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\$\{(?=(?:env|file):)/g, () => '$${');
  if (Array.isArray(value)) return value.map(withoutReferences);
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutReferences(each)]));
}

/** The first version has its components in an array, each with its trigger. */
function inSecondForm(spin: TomlTable): TomlTable {
  const type = String(tableAt(spin, 'trigger')['type']);
  const components = Array.isArray(spin['component']) ? spin['component'].filter(isTable) : [];
  const triggers = components.map(({ id, trigger }) => ({ ...(isTable(trigger) && trigger), component: id }));
  const named = components.map(({ id, trigger: _trigger, config, ...others }) => [
    id,
    { ...others, ...(config !== undefined && { variables: config }) },
  ]);
  return {
    variables: spin['variables'],
    trigger: { [type]: triggers },
    component: Object.fromEntries(named) as TomlTable,
  };
}

class SpinImport {
  readonly #spin: TomlTable;
  readonly #application: TomlTable;
  readonly #left: string[] = [];

  constructor(spin: TomlTable, application: TomlTable) {
    this.#spin = spin;
    this.#application = application;
  }

  made(): ImportedManifest {
    const name = this.#application['name'];
    const inline = new Map<string, TomlTable>();
    const trigger = this.#triggers(inline);
    const components = new Map([...tablesAt(this.#spin, 'component'), ...inline]);
    const component = Object.fromEntries([...components].map(([id, table]) => [id, this.#component(id, table)]));
    const manifest = { ...(typeof name === 'string' && { app: { name } }), component, trigger };
    const comments = this.#left.map((sentence) => `# - ${sentence}\n`);
    const head = comments.length > 0 ? `# Made from a spin.toml. Left to do:\n${comments.join('')}\n` : '';
    return { toml: `${head}${stringify(manifest)}`, left: this.#left };
  }

  /** By type, as Sluice has them. A component that a trigger holds itself goes to `inline`. */
  #triggers(inline: Map<string, TomlTable>): Record<string, TomlTable[]> {
    const made: Record<string, TomlTable[]> = {};
    for (const [type, tables] of Object.entries(tableAt(this.#spin, 'trigger'))) {
      for (const table of Array.isArray(tables) ? tables.filter(isTable) : []) {
        const [kind, trigger] = this.#trigger(type, table, nameOf(table, inline)) ?? [];
        if (kind !== undefined && trigger !== undefined) (made[kind] ??= []).push(trigger);
      }
    }
    return made;
  }

  #trigger(type: string, table: TomlTable, component: string): readonly [string, TomlTable] | undefined {
    const sourceKey = Object.hasOwn(sourceKeys, type) ? sourceKeys[type] : undefined;
    if (type === 'cron') return ['cron', { schedule: this.#schedule(table['cron_expression'], component), component }];
    if (type === 'http') {
      this.#leave(
        `the component '${component}' answered requests to ${shown(table['route'])}: give it a trigger; each event is then a POST to /`,
      );
      return undefined;
    }
    if (sourceKey === undefined) {
      this.#leave(`Sluice has no trigger of type ${shown(type)}: give the component '${component}' another`);
      return undefined;
    }
    const from = textOr(table[sourceKey], component);
    const queue = queueName(from);
    this.#leave(
      `the ${type} trigger on ${shown(from)} now reads the queue '${queue}': make it a [[trigger.nats]] or [[trigger.kafka]] if the events come from there`,
    );
    return ['queue', { queue, component }];
  }

  /** Spin counts weekdays from Sunday = 1 and may have a field for years. */
  #schedule(expression: unknown, component: string): string {
    const fields = textOr(expression, '').trim().split(/\s+/);
    if (fields.length === 7)
      this.#leave(
        `the schedule of '${component}' was limited to years (${shown(fields[6])}): Sluice runs it every year`,
      );
    if (/\d/.test(fields[5] ?? ''))
      this.#leave(
        `the schedule of '${component}' has weekdays as numbers (${shown(fields[5])}): Spin's Sunday is 1, Sluice's is 0 or 7`,
      );
    return fields.slice(0, 6).join(' ');
  }

  #component(id: string, table: TomlTable): TomlTable {
    for (const [key, what] of Object.entries(unserved)) {
      if (table[key] === undefined) continue;
      this.#leave(`'${id}' has ${key} (${shown(table[key])}): Sluice does not provide ${what}, so calls of it fail`);
    }
    const stores = table['key_value_stores'];
    const http = ['allowed_outbound_hosts', 'allowed_http_hosts'].flatMap((key) => this.#origins(id, key, table[key]));
    const allow = {
      ...(http.length > 0 && { http }),
      ...(Array.isArray(stores) && { keyvalue: stores.map(String) }),
      ...(isTable(table['environment']) && { env: texts(table['environment']) }),
      ...this.#files(id, table['files']),
    };
    const config = this.#config(id, tableAt(table, 'variables'));
    const { command, workdir, watch } = tableAt(table, 'build');
    const build = {
      command: Array.isArray(command) ? command.join(' && ') : command,
      ...(typeof workdir === 'string' && { dir: workdir }),
      ...(Array.isArray(watch) && { watch: watch.map(String) }),
    };
    return {
      source: this.#source(id, table['source']),
      ...(command !== undefined && { build }),
      ...(Object.keys(config).length > 0 && { config }),
      ...(Object.keys(allow).length > 0 && { allow }),
    };
  }

  #source(id: string, source: unknown): string {
    if (typeof source === 'string') return source;
    this.#leave(`'${id}' was downloaded (${shown(source)}): put the file beside the manifest, as ${id}.wasm`);
    return `${id}.wasm`;
  }

  /** Those that Sluice can grant unchanged: HTTP to a host, or to all names below one. */
  #origins(id: string, key: string, hosts: unknown): readonly string[] {
    return (Array.isArray(hosts) ? hosts : []).flatMap((host) => {
      const origin = typeof host === 'string' ? allowedOrigin(host) : undefined;
      if (origin !== undefined) return originText(origin, origin.wildcard);
      const isBroker = typeof host === 'string' && /^(?:rediss?|mqtts?):/.test(host);
      const remedy = isBroker
        ? 'to publish there, define an output and grant it: allow.publish = { NAME = ["TOPIC"] }; NAME is then its address'
        : 'allow.http takes only HTTP, as scheme, host and port';
      this.#leave(`'${id}' has ${key} (${shown(host)}): ${remedy}`);
      return [];
    });
  }

  #files(id: string, files: unknown): TomlTable {
    const granted: Record<string, string> = {};
    for (const each of Array.isArray(files) ? files : []) {
      if (isTable(each) && typeof each['destination'] === 'string')
        granted[each['destination']] = `${String(each['source'])}:ro`;
      else this.#leave(`'${id}' had the files ${shown(each)}: grant the folder that they are in, as allow.files`);
    }
    return Object.keys(granted).length > 0 ? { files: granted } : {};
  }

  /** `{{ name }}` is a variable of the application, which Spin reads from SPIN_VARIABLE_NAME. */
  #config(id: string, variables: TomlTable): Record<string, string> {
    const known = tableAt(this.#spin, 'variables');
    const valueOf = (template: string): string =>
      template.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => {
        const { default: preset } = tableAt(known, name);
        const variable = `SPIN_VARIABLE_${name.toUpperCase()}`;
        if (typeof preset === 'string' && /[$}]/.test(preset))
          this.#leave(`the default of the variable '${name}', used by '${id}', is not carried over: set ${variable}`);
        else if (typeof preset === 'string') return `\${env:${variable}:-${preset}}`;
        return `\${env:${variable}}`;
      });
    return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, valueOf(String(value))]));
  }

  #leave(sentence: string): void {
    this.#left.push(printable(sentence));
  }
}

/** The component of a trigger: its name, or a table of its own. */
function nameOf(table: TomlTable, inline: Map<string, TomlTable>): string {
  const { component, components, id } = table;
  if (typeof component === 'string') return component;
  const name = textOr(id, `component-${inline.size + 1}`);
  const own = isTable(component) ? component : tableAt(isTable(components) ? components : {}, 'component');
  inline.set(name, own);
  return name;
}

function texts(table: TomlTable): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, String(value)]));
}

/** Names of queues have no slashes or colons, as addresses and topics do. */
function queueName(from: string): string {
  const name = from
    .slice(0, LONGEST_QUEUE)
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^\W+/, '')
    .replace(/-+$/, '');
  return name === '' ? 'events' : name;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function shown(value: unknown): string {
  return shortened(typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? 'nothing'), LONGEST_NAME);
}
