import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { buildGuest } from '../../integration/guests/build-guest.ts';
import { type Logger, silentLogger } from '../logger.ts';
import type { Component } from './component.ts';
import { GlueBoundary, type InstantiateCore } from './glue/glue-boundary.ts';
import { importGlue } from './glue/import-glue.ts';
import { loadComponent, type LoadOptions } from './load-component.ts';
import { GLUE_FILE } from './transpile/transpile-plan.ts';

const folder = await mkdtemp(join(tmpdir(), 'sluice-load-component-'));
after(() => rm(folder, { recursive: true }));
const never = new AbortController().signal;
/** Kept from run to run: transpiling takes a while, and most tests are not about it. */
const kept = join(import.meta.dirname, '..', '..', '.cache', 'components');
const empty = join(folder, 'cache');

const contract = (name: string, call: string) => ({
  name,
  entry: (exports: readonly string[]) => exports.find((entry) => entry.startsWith(`${name}@`)),
  functionOf: (entry: string) => `${entry}#${call}`,
});
const batchHandler = contract('sluice:event/batch-handler', 'handle-batch');
const handler = contract('sluice:event/handler', 'handle');

function load(source: string, given: Partial<LoadOptions> = {}, signal = never): Promise<Component> {
  const options: LoadOptions = {
    name: 'enrich',
    source,
    contracts: [batchHandler, handler],
    provides: (name) => (name.startsWith('wasi:') ? { suspends: [] } : undefined),
    cacheDir: kept,
    memoryBytes: 2 ** 20,
    log: silentLogger,
    ...given,
  };
  return loadComponent(options, signal);
}

/** Where its generated code is in the cache `empty`. */
async function cachedGlue({ digest }: Component): Promise<string> {
  const entry = (await readdir(empty)).find((name) => name.startsWith(digest.slice(0, 16)));
  return join(empty, entry ?? '', GLUE_FILE);
}

let written = 0;
/** A component in the text format, as a file. */
async function fileOf(wat: string): Promise<string> {
  const path = join(folder, `${written++}.wasm`);
  await writeFile(path, await parse(wat));
  return path;
}

/** A component whose handler takes nothing and calls `go` of its core module: enough to be loaded. */
const withCore = (core: string, before = '', imports = ''): string => `(component ${before}
  (core module $m ${core})
  (core instance $i (instantiate $m ${imports}))
  (func $go (canon lift (core func $i "go")))
  (instance $handler (export "handle" (func $go)))
  (export "sluice:event/handler@0.1.0" (instance $handler)))`;

interface Entry {
  readonly handle: () => void;
}

interface Glue {
  readonly instantiate: (
    module: (name: string) => WebAssembly.Module,
    imports: object,
    instantiateCore: InstantiateCore,
  ) => Promise<Record<string, Entry>>;
}

/** An instance's entry. */
async function entryOf({ glue, modules, entry }: Component, imports: object = {}): Promise<Entry> {
  const { instantiate } = (await importGlue(glue)) as Glue;
  const boundary = new GlueBoundary(2 ** 26);
  const instance = await instantiate(
    (name) => modules.get(name) as WebAssembly.Module,
    imports,
    boundary.instantiateCore(),
  );
  return instance[entry] as Entry;
}

test('loadComponent tells all about a component that a thread must know', async () => {
  const source = await buildGuest('logs');
  const component = await load(source);
  const { digest, glue, modules, direct, ...rest } = component;
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.ok(glue.includes('export function instantiate('));
  assert.ok(modules.size > 0);
  assert.equal(direct?.takes, 'one');
  assert.deepEqual(rest, {
    name: 'enrich',
    bytes: (await stat(source)).size,
    imports: ['wasi:logging/logging@0.1.0-draft'],
    stubs: {},
    exports: ['sluice:event/handler@0.1.0'],
    contract: 'sluice:event/handler',
    entry: 'sluice:event/handler@0.1.0',
    entries: { message: 'sluice:event/handler@0.1.0', tick: 'sluice:event/handler@0.1.0' },
    unused: [],
    suspends: false,
    plain: false,
    resettable: true,
    memoryBytes: 2 ** 20,
  });
});

test('loadComponent finds instances not resettable that suspend, begin large, or change what cannot be set back', async () => {
  const source = (core: string) => fileOf(withCore(`(func (export "go")) ${core}`));
  const isResettable = async (path: string) => (await load(path, { memoryBytes: 2 ** 23 })).resettable;
  assert.equal(await isResettable(await source('(memory 64) (global (mut i32) (i32.const 0))')), true);
  assert.equal(await isResettable(await source('(memory 65)')), false);
  assert.equal(await isResettable(await source('(global (mut funcref) (ref.null func))')), false);
  assert.equal(await isResettable(await source('(func (data.drop $d)) (data $d "")')), false);
  const provides = () => ({ suspends: ['[method]pollable.block'] });
  assert.equal((await load(await buildGuest('sleeps'), { provides })).resettable, false);
});

test('loadComponent takes a component that it transpiled before from the cache', async () => {
  const source = await fileOf(withCore('(func (export "go"))'));
  const first = await load(source, { cacheDir: empty });
  const written = await stat(await cachedGlue(first));
  const second = await load(source, { cacheDir: empty });
  assert.equal(second.glue, first.glue);
  assert.equal((await stat(await cachedGlue(second))).ino, written.ino);
});

test('loadComponent transpiles again what is damaged in the cache', async () => {
  const source = await fileOf(withCore('(func (export "go") (nop))'));
  await writeFile(await cachedGlue(await load(source, { cacheDir: empty })), 'throw new Error("damaged")');
  const { handle } = await entryOf(await load(source, { cacheDir: empty }));
  assert.equal(handle(), undefined);
});

test('what loadComponent has checked is run, whatever is written to the cache afterwards', async () => {
  const source = await fileOf(withCore('(func (export "go") (nop) (nop))'));
  const component = await load(source, { cacheDir: empty });
  await writeFile(await cachedGlue(component), 'throw new Error("planted")');
  assert.equal((await entryOf(component)).handle(), undefined);
  await rm(empty, { recursive: true });
  assert.equal((await entryOf(component)).handle(), undefined);
});

test('loadComponent suspends a component that calls a function which suspends', async () => {
  const provides = () => ({ suspends: ['[method]pollable.block'] });
  assert.equal((await load(await buildGuest('sleeps'), { provides })).suspends, true);
  assert.equal((await load(await buildGuest('logs'), { provides })).suspends, false);
});

test('loadComponent prefers the first contract that a component meets, and logs it with the others', async () => {
  const lines: unknown[] = [];
  const log: Logger = { ...silentLogger, info: (bindings) => lines.push(bindings) };
  const both = await buildGuest('both');
  assert.equal((await load(both, { log })).contract, 'sluice:event/batch-handler');
  assert.equal((await load(both, { log, contracts: [handler, batchHandler] })).contract, 'sluice:event/handler');
  assert.equal((await load(both, { log, contracts: [handler] })).contract, 'sluice:event/handler');
  const [many, one] = ['sluice:event/batch-handler', 'sluice:event/handler'];
  assert.deepEqual(lines, [
    { component: 'enrich', contract: many, entry: `${many}@0.1.0`, unused: [`${one}@0.1.0`], path: 'direct' },
    { component: 'enrich', contract: one, entry: `${one}@0.1.0`, unused: [`${many}@0.1.0`], path: 'direct' },
    { component: 'enrich', contract: one, entry: `${one}@0.1.0`, unused: [], path: 'direct' },
  ]);
});

test('loadComponent takes the contract that the manifest names, and no other', async () => {
  const both = await buildGuest('both');
  assert.equal((await load(both, { contract: 'sluice:event/handler' })).contract, 'sluice:event/handler');
  await assert.rejects(load(both, { contract: 'wasi:http/incoming-handler' }), {
    code: 'SLU2003',
    message:
      'wanted a component that exports wasi:http/incoming-handler, and it exports sluice:event/handler@0.1.0, sluice:event/batch-handler@0.1.0',
  });
});

test('loadComponent tells the export that suits each kind of event', async () => {
  const contracts = [batchHandler, { ...handler, madeFor: 'tick' as const }];
  const forTicks = await load(await buildGuest('both'), { contracts, kind: 'tick' });
  assert.equal(forTicks.entry, 'sluice:event/handler@0.1.0');
  assert.deepEqual(forTicks.entries, {
    message: 'sluice:event/batch-handler@0.1.0',
    tick: 'sluice:event/handler@0.1.0',
  });
});

test('loadComponent says what a component without a contract exports, and what would do', async () => {
  await assert.rejects(load(await buildGuest('silent')), {
    code: 'SLU2003',
    message: 'wanted a component that exports sluice:event/batch-handler or sluice:event/handler, and it exports greet',
  });
  await assert.rejects(load(await fileOf('(component)')), { code: 'SLU2003', message: /it exports nothing$/ });
});

test('loadComponent stubs every import that nobody provides, and says so', async () => {
  const lines: unknown[] = [];
  const log: Logger = { ...silentLogger, warn: (bindings) => lines.push(bindings) };
  const { stubs } = await load(await buildGuest('counts'), { provides: () => undefined, log });
  assert.deepEqual(stubs['wasi:keyvalue/store@0.2.0-draft'], {
    functions: [{ name: 'open', denial: { payload: { tag: 'access-denied' } }, owned: [] }],
    resources: ['bucket'],
  });
  assert.deepEqual(lines, [
    { component: 'enrich', imports: ['wasi:keyvalue/atomics@0.2.0-draft', 'wasi:keyvalue/store@0.2.0-draft'] },
  ]);
});

test('loadComponent with strictImports lists every import that nobody provides, and no interface that only holds types', async () => {
  await assert.rejects(load(await buildGuest('stranger'), { strictImports: true }), {
    code: 'SLU2004',
    message: 'the component imports what Sluice does not provide: acme:weather/forecast@1.2.3',
  });
  await assert.rejects(load(await buildGuest('counts'), { provides: () => undefined, strictImports: true }), {
    code: 'SLU2004',
    message:
      'the component imports what Sluice does not provide: ' +
      'wasi:keyvalue/atomics@0.2.0-draft, wasi:keyvalue/store@0.2.0-draft',
  });
});

test('loadComponent with strictImports refuses what the manifest has to grant first', async () => {
  const provides = () => ({ suspends: [], withheld: 'allow.publish' });
  await load(await buildGuest('counts'), { provides });
  await assert.rejects(load(await buildGuest('counts'), { provides, strictImports: true }), {
    code: 'SLU2004',
    message: 'the component imports wasi:keyvalue/atomics@0.2.0-draft, which needs allow.publish',
    fix: "grant it in the component's table: allow.publish. Or leave strict_imports out: its calls then fail",
  });
});

test('loadComponent keeps two versions of one interface apart', async () => {
  const component = await load(
    await fileOf(
      withCore(
        '(import "" "old" (func $old)) (import "" "new" (func $new)) (func (export "go") call $old call $new call $new)',
        `(import "wasi:cli/thing@0.2.0" (instance $a (export "f" (func))))
         (import "wasi:cli/thing@0.3.0" (instance $b (export "f" (func))))
         (core func $old (canon lower (func $a "f"))) (core func $new (canon lower (func $b "f")))`,
        '(with "" (instance (export "old" (func $old)) (export "new" (func $new))))',
      ),
    ),
  );
  assert.deepEqual(component.imports, ['wasi:cli/thing@0.2.0', 'wasi:cli/thing@0.3.0']);
  const calls: string[] = [];
  const imports = {
    'wasi:cli/thing@0.2.0': { f: () => calls.push('0.2.0') },
    'wasi:cli/thing@0.3.0': { f: () => calls.push('0.3.0') },
  };
  (await entryOf(component, imports)).handle();
  assert.deepEqual(calls, ['0.2.0', '0.3.0', '0.3.0']);
});

test('loadComponent holds a component to its memory limit, counting a component within it as often as it is there', async () => {
  const inner = `(component $c (core module $n (memory (export "m") 10) (func (export "go"))) (core instance $i (instantiate $n))
      (func (export "go") (canon lift (core func $i "go"))))
    (instance $first (instantiate $c)) (instance $second (instantiate $c))`;
  const source = await fileOf(withCore('(func (export "go"))', inner));
  await assert.rejects(load(source), { code: 'SLU2005', message: /starts with 1280KiB$/ });
  assert.equal((await load(source, { memoryBytes: 2 ** 21 })).memoryBytes, 2 ** 21);
});

test('loadComponent refuses names that would carry code into the glue', async () => {
  const escaping = `(func (export "go")) (func (export "x'];globalThis.escaped=1;//"))`;
  await assert.rejects(load(await fileOf(withCore(escaping))), { code: 'SLU2008' });
  const url = '(import "url=<https://a.example/\'>" (func))';
  await assert.rejects(load(await fileOf(withCore('(func (export "go"))', url))), { code: 'SLU2008' });
});

test('loadComponent refuses a component that is cut short anywhere', async () => {
  const whole = await readFile(await buildGuest('echo'));
  for (const length of [8, 9, 100, whole.length >> 1, whole.length - 1]) {
    const path = join(folder, `cut-${length}.wasm`);
    await writeFile(path, whole.subarray(0, length));
    await assert.rejects(load(path), (thrown: { code: string }) => /^SLU200[23]$/.test(thrown.code), `${length}`);
  }
});

test('loadComponent reports what the transpiler refuses, in one line', async () => {
  const bytes = await readFile(await fileOf(withCore('(func (export "go"))')));
  // The function index of an export.
  const broken = Buffer.from(bytes);
  broken[bytes.lastIndexOf('sluice:event/handler@0.1.0') + 27] = 99;
  const path = join(folder, 'broken.wasm');
  await writeFile(path, broken);
  await assert.rejects(load(path), { code: 'SLU2002', message: /^the component can't be transpiled: [^\n]+$/ });
});

test('loadComponent gives up when it is told to', async () => {
  await assert.rejects(load(await buildGuest('echo'), {}, AbortSignal.abort(new Error('stop'))), { message: 'stop' });
});
