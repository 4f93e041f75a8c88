import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { outlineOf } from './component-outline.ts';
import { componentOf, coreKindOf } from './core-module.ts';

const folder = await mkdtemp(join(tmpdir(), 'sluice-core-module-'));
after(() => rm(folder, { recursive: true }));
const place = { component: 'program' };
const never = new AbortController().signal;

async function fileOf(wat: string) {
  const bytes = Uint8Array.from(await parse(wat));
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

const program = `(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 0))))`;

test('coreKindOf tells programs, libraries that say what they have, and others', async () => {
  const kindOf = async (wat: string) => coreKindOf((await fileOf(wat)).bytes);
  assert.equal(await kindOf(program), 'command');
  assert.equal(await kindOf('(module (@custom "component-type:shop" "x") (func (export "handle")))'), 'reactor');
  assert.equal(await kindOf('(module (func (export "handle")))'), undefined);
});

test('componentOf makes a program a component that runs as a command, and once only', async () => {
  const file = await fileOf(program);
  const made = await componentOf(file, folder, place, never);
  assert.equal(made.core, 'command');
  assert.deepEqual(
    outlineOf(made.bytes).exports.map((name) => name.replace(/@0\.2\.\d+$/, '')),
    ['wasi:cli/run'],
  );
  // No process could be started for it any more.
  const again = await componentOf(file, folder, place, AbortSignal.abort());
  assert.deepEqual(again, { bytes: Buffer.from(made.bytes), core: 'command' });
});

test('componentOf says why a core module can be none', async () => {
  const failing = async (wat: string) => componentOf(await fileOf(wat), folder, place, never);
  await assert.rejects(failing('(module (func (export "handle")))'), {
    code: 'SLU2002',
    message: 'wanted a WebAssembly component, got a core module that does not say what it is',
    place,
  });
  await assert.rejects(
    failing('(module (import "env" "abort" (func)) (memory (export "memory") 1) (func (export "_start")))'),
    {
      code: 'SLU2002',
      message: /^the core module can't be made a component: .*env/s,
      place,
    },
  );
  await assert.rejects(failing('(module (@custom "component-type:shop" "nonsense") (func (export "handle")))'), {
    code: 'SLU2002',
    message: /^the core module can't be made a component: /,
  });
  const { bytes } = await fileOf(program);
  const damaged = { bytes: bytes.slice(0, -5), digest: 'f'.repeat(64) };
  await assert.rejects(componentOf(damaged, folder, place, never), {
    code: 'SLU2002',
    message: /^the core module can't be made a component: /,
  });
});
