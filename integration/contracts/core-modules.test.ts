import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { coreOf } from '../guests/build-guest.ts';
import { RunningApp } from '../semantics/running-app.ts';

// Core modules are made components: programs for WASI preview 1, and what toolchains make before they make a component.

/** Copies stdin to stdout; then ends with status 3 for data that begin with `e`, and traps for those that begin with `t`. */
const program = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (i32.const 100))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.store (i32.const 4) (i32.load (i32.const 8)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 116)) (then (unreachable)))
    (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 101)) (then (call $exit (i32.const 3))))))`;

async function runs(core: Uint8Array, host: string, ...texts: readonly string[]) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sluice-core-'));
  const source = join(folder.path, 'core.wasm');
  await writeFile(source, core);
  const toml = `
    [component.core]
    source = ${JSON.stringify(source)}
    pool = { host = "${host}", threads = 1 }
    [[trigger.queue]]
    name = "in"
    queue = "in"
    component = "core"
    retry = { attempts = 1 }`;
  await using app = await RunningApp.open({ guests: [], toml }, ...texts);
  await app.settled(texts.length);
  const said = app.log.map((line) => JSON.parse(line) as { readonly context?: string; readonly msg?: string });
  return {
    letters: Object.fromEntries(
      app.letters.map(({ event, outcome, reason }) => [Buffer.from(event.data).toString(), `${outcome}: ${reason}`]),
    ),
    said: said.filter(({ context }) => context === 'stdout' || context === 'seen').map(({ msg }) => msg),
  };
}

for (const host of ['thread', 'process']) {
  test(`a program for WASI preview 1 gets events on its stdin, and its status is an outcome, on the host ${host}`, async () => {
    const { letters, said } = await runs(await parse(program), host, 'fine', 'exit', 'trap');
    const { exit, trap, ...others } = letters;
    // WASI 0.2.0 knows no other, and the adapter asks for no more.
    assert.match(exit ?? '', /^failed: the command ended with status 1/);
    assert.match(trap ?? '', /^trapped: .*unreachable/);
    assert.deepEqual(others, {});
    assert.deepEqual(new Set(said), new Set(['exit', 'fine', 'trap']));
  });
}

test('a library that says what interfaces it has is called through them', async () => {
  const { letters, said } = await runs(await coreOf('contracts/spin-redis'), 'thread', 'ok');
  assert.deepEqual([letters, said], [{}, ['data=ok']]);
});
