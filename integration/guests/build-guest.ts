import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const eventWit = join(root, 'wit', 'event.wit');
const guestsWit = join(here, 'guests.wit');
const contractsWit = join(here, 'contracts.wit');
const cache = join(root, '.cache', 'guests');

/** Where the world of a guest's kind is found, and what its exports are called: AssemblyScript has no names with `:` or `#`. */
const worlds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  one: { handle: 'sluice:event/handler@0.1.0#handle' },
  many: { handleBatch: 'sluice:event/batch-handler@0.1.0#handle-batch' },
  both: {
    handle: 'sluice:event/handler@0.1.0#handle',
    handleBatch: 'sluice:event/batch-handler@0.1.0#handle-batch',
  },
  neither: {},
};

const textOf = (name: string): string => join(here, 'source', `${name}.wat`);
const scriptOf = (name: string): string => join(here, 'source', `${name}.ts`);
/** AssemblyScript, or WebAssembly text as it is. */
const sourceOf = (name: string): string => (existsSync(textOf(name)) ? textOf(name) : scriptOf(name));

const building = new Map<string, Promise<string>>();

/**
 * Builds the test guest `source/NAME.ts`, or `source/NAME.wat`, unless that was done before, and returns the path of its component. Any number of processes may
 * ask for the same guest at once.
 */
export function buildGuest(name: string): Promise<string> {
  const promise = building.get(name) ?? build(name);
  building.set(name, promise);
  return promise;
}

async function build(name: string): Promise<string> {
  const path = join(cache, `${name.replace('/', '-')}-${digestOf(name)}.wasm`);
  if (existsSync(path)) return path;
  const component = await componentOf(name, worldOf(name));
  await mkdir(cache, { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, component);
  await rename(temporary, path);
  return path;
}

/** Guests of other projects' contracts have worlds of their own. */
const isOfContract = (name: string): boolean => name.startsWith('contracts/');

/** Which world a guest is for follows from what it exports. */
function worldOf(name: string): string {
  if (isOfContract(name)) return name;
  const text = readFileSync(sourceOf(name), 'utf8');
  const exportsAny = (...forms: string[]): boolean => forms.some((form) => text.includes(form));
  const one = exportsAny('export function handle(', '(export "sluice:event/handler@0.1.0#handle")');
  const many = exportsAny('export function handleBatch(', '(export "sluice:event/batch-handler@0.1.0#handle-batch")');
  if (one && many) return 'both';
  if (one) return 'one';
  return many ? 'many' : 'neither';
}

async function componentOf(name: string, world: string): Promise<Uint8Array> {
  const { componentNew } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  return componentNew(await coreOf(name, world));
}

/** The core module of a test guest with its interfaces in it, as toolchains make it before they make the component. */
export async function coreOf(name: string, world = worldOf(name)): Promise<Uint8Array> {
  // Loaded here only: a guest that is built already needs neither.
  const { componentEmbed, parse } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  const isText = existsSync(textOf(name));
  const wat = isText
    ? await readFile(textOf(name), 'utf8')
    : withComponentNames(await compile(name), worlds[world] ?? exportsOf(name));
  const core = await parse(wat);
  const texts = await Promise.all(witFilesFor(name).map((file) => readFile(file, 'utf8')));
  const [, contract] = world.split('/');
  const fullWorld = contract === undefined ? `sluice:guests/${world}` : `sluice:contracts/${contract}`;
  return componentEmbed({ binary: core, witSource: texts.join(''), world: fullWorld });
}

/** What a guest's own text says of them: `// exports invoke as wasmcloud:cron/scheduler@0.1.0#invoke`. */
function exportsOf(name: string): Readonly<Record<string, string>> {
  const lines = readFileSync(sourceOf(name), 'utf8').matchAll(/^\/\/ exports (\w+) as (\S+)$/gm);
  return Object.fromEntries(Array.from(lines, ([, own = '', componentName = '']) => [own, componentName]));
}

function witFilesFor(name: string): readonly string[] {
  return isOfContract(name) ? [eventWit, guestsWit, contractsWit] : [eventWit, guestsWit];
}

/** AssemblyScript to WebAssembly text. */
async function compile(name: string): Promise<string> {
  const { default: asc } = await import('assemblyscript/asc');
  let wat = '';
  let complaints = '';
  const flags = ['-O3', '--runtime', 'stub', '--use', 'abort=', '--textFile', 'guest.wat'];
  const { error } = await asc.main([...(isOfContract(name) ? [] : ['abi.ts']), `${name}.ts`, ...flags], {
    readFile: (file) =>
      existsSync(join(here, 'source', file)) ? readFileSync(join(here, 'source', file), 'utf8') : null,
    writeFile: (_file, text) => {
      wat = String(text);
    },
    listFiles: () => [],
    stderr: {
      write(text: string | Uint8Array) {
        complaints += String(text);
      },
    },
  });
  if (error !== null) throw new Error(`guest ${name} does not compile:\n${complaints}`, { cause: error });
  return wat;
}

/** Gives the exports their component-model names, and each its post-return function. */
function withComponentNames(wat: string, names: Readonly<Record<string, string>>): string {
  const functionOf = (name: string) => new RegExp(`^ *\\(export "${name}" (\\(func .*\\))\\)$`, 'm').exec(wat);
  const postReturn = functionOf('postReturn');
  let renamed = postReturn === null ? wat : wat.replace(postReturn[0], '');
  for (const [name, componentName] of Object.entries(names)) {
    const found = functionOf(name);
    if (found === null || postReturn === null) throw new Error(`no exported function ${name}`);
    renamed = renamed.replace(
      found[0],
      `(export "${componentName}" ${found[1]})\n(export "cabi_post_${componentName}" ${postReturn[1]})`,
    );
  }
  return renamed;
}

/** Of everything that the built file follows from. */
function digestOf(name: string): string {
  const hash = createHash('sha256');
  for (const source of sourcesOf(name)) hash.update(readFileSync(source));
  for (const file of [import.meta.filename, ...witFilesFor(name)]) hash.update(readFileSync(file));
  for (const tool of ['assemblyscript', '@bytecodealliance/jco-transpile']) {
    hash.update(readFileSync(join(root, 'node_modules', tool, 'package.json')));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The files of a guest: its own, and those that it imports, directly or not. */
function sourcesOf(name: string): ReadonlySet<string> {
  const sources = new Set([sourceOf(name)]);
  for (const source of sources) {
    const imports = readFileSync(source, 'utf8').matchAll(/^(?:import|export) .*? from '(\..*?)';$/gms);
    for (const [, path = ''] of imports) sources.add(join(dirname(source), `${path}.ts`));
  }
  return sources;
}
