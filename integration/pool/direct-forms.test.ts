import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { capabilities, provides } from '../../src/capability/capabilities.ts';
import { LoneInstance as CapabilityHost } from '../../src/capability/testing/lone-instance.ts';
import type { Component } from '../../src/component/component.ts';
import { importGlue } from '../../src/component/glue/import-glue.ts';
import { loadComponent } from '../../src/component/load-component.ts';
import type { Contract } from '../../src/contract/contract.ts';
import { sluiceEvent, sluiceEventBatch } from '../../src/contract/sluice-event.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Glue } from '../../src/pool/guest/instance.ts';
import { limitLifting } from '../../src/pool/guest/lift-limit.ts';
import type { Ending } from '../../src/pool/wire/outcome-batch.ts';
import { seededRandom } from '../seeded-random.ts';
import { buildText, world } from '../sandbox/build-text.ts';
import { LoneInstance, packed } from './lone-call.ts';
import { Chance } from './scripted-answer.ts';

// The forms in which toolchains export our contract, and some that no toolchain does. There is no C compiler here: what wit-bindgen makes for C
// differs from others in an allocator that gives no room for nothing (Rust's, too), which a guest has here.

const SEED = Number(process.env['SLUICE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const cacheDir = join(import.meta.dirname, '..', '..', '.cache', 'components');
process.env = Object.freeze({});
limitLifting(2 ** 28);

const PUPPET = readFileSync(join(import.meta.dirname, '..', 'guests', 'source', 'puppet.wat'), 'utf8');
const POST_RETURN = /\(export "cabi_post_[^"]+" \(func \$free\)\)/g;

interface Form {
  readonly frees: boolean;
  readonly waits: boolean;
  readonly many: boolean;
}

/** The puppet in one of its forms. */
function textOf({ frees, waits, many }: Form): string {
  const export_ = many ? 'batch-handler' : 'handler';
  const other = many ? 'sluice:event/handler@0.1.0#handle' : 'sluice:event/batch-handler@0.1.0#handle-batch';
  return PUPPET.replace(POST_RETURN, (post) => (frees && post.includes(`/${export_}@`) ? post : ''))
    .replace(` (export "${other}")`, '')
    .replace('(module', () =>
      waits
        ? '(module (import "wasi:keyvalue/atomics@0.2.0-draft" "increment" (func (param i32 i32 i32 i64 i32)))'
        : '(module',
    );
}

async function load(
  source: string,
  contract: Contract,
  callPath: 'auto' | 'glue' = 'auto',
  memoryBytes = 2 ** 24,
): Promise<Component> {
  const loading = {
    name: 'form',
    source,
    contracts: [contract],
    provides,
    cacheDir,
    memoryBytes,
    callPath,
    log: silentLogger,
  };
  return loadComponent(loading, new AbortController().signal);
}

async function instanceOf(component: Component): Promise<LoneInstance> {
  const imports: Record<string, object> = {};
  for (const name of component.imports) {
    imports[name] =
      (await capabilities.find((each) => each.provides(name))?.bind(name, new CapabilityHost({ suspends: true }))) ??
      {};
  }
  // Its shape is the loader's.
  return new LoneInstance(component, (await importGlue(component.glue)) as Glue, imports, 2 ** 20);
}

function essence(endings: readonly Ending[]): unknown {
  return endings.map((ending) => {
    if (ending.kind === 'trapped') return ending.cause;
    return ending.kind === 'completed'
      ? ending.messages.map(({ data, headers, ...rest }) => ({ ...rest, headers, data: Buffer.from(data) }))
      : ending;
  });
}

const worldOfBatches = world().replace(
  'export sluice:event/handler@0.1.0;',
  'export sluice:event/batch-handler@0.1.0;',
);

const forms: readonly Form[] = [true, false].flatMap((frees) =>
  [false, true].flatMap((waits) => [false, true].map((many) => ({ frees, waits, many }))),
);

for (const form of forms) {
  const { frees, waits, many } = form;
  const what = `${many ? 'batches' : 'events'}, ${frees ? 'frees its answers' : 'frees nothing'}${waits ? ' and may wait' : ''}`;
  test(`a component that takes ${what} is called directly, as by generated code (seed ${SEED})`, async () => {
    const contract = many ? sluiceEventBatch : sluiceEvent;
    const source = await buildText('form', textOf(form), many ? worldOfBatches : world());
    const direct = await load(source, contract);
    assert.deepEqual(
      [direct.direct?.takes, direct.direct?.waits, direct.direct?.inTask, direct.direct?.postReturn !== undefined],
      [many ? 'many' : 'one', waits, false, frees],
    );
    const glued = await load(source, contract, 'glue');
    assert.equal(glued.direct, undefined);
    const [one, other] = [await instanceOf(direct), await instanceOf(glued)];
    const chance = new Chance(seededRandom(SEED));
    for (let n = 0; n < 40; n++) {
      // Without scripts and lengths that mean something: an instance that fails is of no more use.
      const batch = packed(
        Array.from({ length: many ? 1 + chance.int(4) : 1 }, () => ({ ...harmless(chance), attempt: 1 })),
      );
      assert.deepEqual(essence(await one.callLater(batch)), essence(await other.callLater(batch)), `call ${n}`);
    }
  });
}

function harmless(chance: Chance): ReturnType<Chance['event']> {
  for (;;) {
    const made = chance.event();
    const { id, source, subject, key, contentType, headers, data } = made.event;
    const sizes = [id, source, subject, contentType ?? '', key ?? '', data, ...headers.flat()].map((value) =>
      Buffer.byteLength(value),
    );
    if (headers.length !== 7 && !sizes.some((size) => [211, 223, 227].includes(size))) return made;
  }
}

test(`an allocator that gives no room for nothing, as of C and Rust, is called alike (seed ${SEED})`, async () => {
  const text = textOf({ frees: true, waits: false, many: false }).replace(
    /(\(func \(export "cabi_realloc"\) .*\n)/,
    '$1    (if (i32.eqz (local.get $size)) (then (return (local.get $align))))\n',
  );
  assert.ok(text.includes('(return (local.get $align))'));
  const source = await buildText('form-of-c', text);
  const [one, other] = [
    await instanceOf(await load(source, sluiceEvent)),
    await instanceOf(await load(source, sluiceEvent, 'glue')),
  ];
  const chance = new Chance(seededRandom(SEED));
  for (let n = 0; n < 1000; n++) {
    const batch = packed([{ ...harmless(chance), attempt: 1 }]);
    assert.deepEqual(essence(one.call(batch)), essence(other.call(batch)), `call ${n}`);
    for (const [m, { buffer }] of one.memories.entries())
      assert.equal(Buffer.compare(Buffer.from(buffer), Buffer.from(other.memories[m]?.buffer ?? new ArrayBuffer())), 0);
  }
});

const differing: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'a number with a sign': ['attempt: u32,', 'attempt: s32,'],
  'a key that is text': ['key: option<list<u8>>,', 'key: option<string>,'],
  'numbers as data': ['data: list<u8>,', 'data: list<s8>,'],
  'a shorter delay': ['after-ms: option<u32>,', 'after-ms: option<u16>,'],
  'one more way to fail': ['reject(string),', 'reject(string), never,'],
};

for (const [what, [from, to]] of Object.entries(differing)) {
  test(`a contract with ${what} is left to generated code`, async () => {
    assert.ok(world().includes(from));
    const source = await buildText(
      'differs',
      textOf({ frees: true, waits: false, many: false }),
      world().replaceAll(from, to),
    );
    assert.equal((await load(source, sluiceEvent)).direct, undefined);
  });
}

for (const waits of [false, true]) {
  for (const callPath of ['auto', 'glue'] as const) {
    test(`an instance that trapped can't be entered again (${callPath}${waits ? ', may wait' : ''})`, async () => {
      const form = { frees: true, waits, many: false };
      const instance = await instanceOf(await load(await buildText('form', textOf(form)), sluiceEvent, callPath));
      const chance = new Chance(seededRandom(1));
      const well = packed([{ ...harmless(chance), attempt: 1 }]);
      const script = Buffer.alloc(40);
      script.writeUInt32LE(1); // trap
      const bad = packed([{ event: { ...harmless(chance).event, data: script }, attempt: 2 }]);
      const kinds = async (batch: typeof well): Promise<string> => {
        const [ending] = await instance.callLater(batch);
        return ending?.kind === 'trapped' ? ending.reason : String(ending?.kind);
      };
      assert.equal(await kinds(well), 'completed');
      assert.match(await kinds(bad), /unreachable/);
      assert.match(await kinds(well), /cannot be entered/);
      assert.match(await kinds(well), /cannot be entered/);
    });
  }
}

test('an instance that is suspended cannot be entered, and goes on when it is resumed', async () => {
  const text = readFileSync(join(import.meta.dirname, 'imports.wat'), 'utf8');
  const component = await load(await buildText('imports-waiting', text), sluiceEvent);
  assert.equal(component.direct?.waits, true);
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const host = new CapabilityHost({ grants: { keyvalue: ['default'] }, suspends: true, service: () => promise });
  const imports: Record<string, object> = {};
  for (const name of component.imports) {
    imports[name] = (await capabilities.find((each) => each.provides(name))?.bind(name, host)) ?? {};
  }
  const instance = new LoneInstance(component, (await importGlue(component.glue)) as Glue, imports, 2 ** 20);
  // Opens the default store, and asks whether it has the key "k".
  const program = Buffer.alloc(160);
  program.set([13, 0b101], 0);
  program.writeUInt32LE(128, 12);
  program.set([17, 0b1010, 1], 32);
  program.writeUInt32LE(120, 40);
  program.writeUInt32LE(1, 44);
  program.writeUInt32LE(144, 48);
  program[64] = 255;
  program.write('k', 120);
  const batch = packed([
    { event: { id: '1', source: 's', subject: 's', time: 0n, headers: [], data: program }, attempt: 1 },
  ]);
  const first = instance.callLater(batch);
  const [second] = await instance.callLater(batch);
  assert.match(second?.kind === 'trapped' ? second.reason : String(second?.kind), /cannot be entered/);
  resolve(true);
  const [ending] = await first;
  assert.equal(ending?.kind, 'completed');
  // `ok(true)`, as result<bool, error> is laid out.
  assert.deepEqual(ending.messages[0]?.data.subarray(144, 149), Uint8Array.of(0, 0, 0, 0, 1));
});
