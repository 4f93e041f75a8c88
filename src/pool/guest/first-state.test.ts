import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { GlueBoundary } from '../../component/glue/glue-boundary.ts';
import { withStateExported } from '../../component/core/state-exports.ts';
import { FirstState } from './first-state.ts';

/** A core instance of that text, and its first state. */
async function begun(text: string, imports: WebAssembly.Imports = {}) {
  const module = new WebAssembly.Module(withStateExported(new Uint8Array(await parse(`(module ${text})`))));
  const state = new FirstState();
  const { exports } = new GlueBoundary(2 ** 26, state).instantiateCore()(module, imports);
  // Exports of the texts here are functions of numbers.
  const call = (name: string, ...values: unknown[]) => (exports[name] as (...values: unknown[]) => unknown)(...values);
  return { state, call };
}

/** The same, ready to be reset. */
async function resettable(text: string, imports?: WebAssembly.Imports) {
  const guest = await begun(text, imports);
  const first = guest.state.snapshot();
  assert.ok(first !== undefined && guest.state.beginsAs(first));
  return guest;
}

test('FirstState sets memories and globals back, and those that generated code made', async () => {
  const { state, call } = await resettable(
    `(import "glue" "shared" (global $shared (mut i32)))
     (memory 3) (memory $other 1) (global $own (mut i64) (i64.const 5)) (data (i32.const 70000) "abcd")
     (func (export "spoil") (param $at i32)
       (i32.store (local.get $at) (i32.const -1)) (i32.store $other (i32.const 8) (i32.const -1))
       (global.set $own (i64.const 6)) (global.set $shared (i32.const 2)))
     (func (export "sum") (param $at i32) (result i64)
       (i64.add (i64.add (i64.extend_i32_u (i32.load (local.get $at))) (i64.extend_i32_u (i32.load $other (i32.const 8))))
         (i64.add (global.get $own) (i64.extend_i32_u (global.get $shared)))))`,
    { glue: { shared: new WebAssembly.Global({ value: 'i32', mutable: true }, 1) } },
  );
  for (const at of [0, 16_382, 70_000, 3 * 65_536 - 4]) {
    const before = call('sum', at);
    call('spoil', at);
    assert.notEqual(call('sum', at), before);
    assert.equal(state.reset(), true);
    assert.equal(call('sum', at), before, `at ${at}`);
  }
});

test('FirstState finds a memory again whose buffer was replaced without growing', async () => {
  const { state, call } = await resettable(
    `(memory 1) (func (export "spoil") (drop (memory.grow (i32.const 0))) (i32.store (i32.const 4) (i32.const 9)))
     (func (export "at4") (result i32) (i32.load (i32.const 4)))`,
  );
  call('spoil');
  assert.equal(state.reset(), true);
  assert.equal(call('at4'), 0);
});

test('FirstState resets nothing that has grown', async () => {
  const { state, call } = await resettable(
    `(memory 1) (memory $b 0) (func (export "grow") (drop (memory.grow $b (i32.const 1))))`,
  );
  assert.equal(state.isWithinReach, true);
  call('grow');
  assert.equal(state.isWithinReach, false);
  assert.equal(state.reset(), false);
});

test('FirstState resets nothing that has called a function of the host, in whatever way', async () => {
  const text = `(import "host" "f" (func $f)) (table (export "t") 1 funcref) (elem (i32.const 0) func $f) (export "again" (func $f))
    (func (export "call") call $f) (func (export "indirectly") (call_indirect (i32.const 0))) (func (export "not"))`;
  for (const way of ['call', 'indirectly', 'again']) {
    const { state, call } = await resettable(text, { host: { f: () => {} } });
    call('not');
    assert.equal(state.reset(), true);
    call(way);
    assert.equal(state.reset(), false, way);
  }
});

test('FirstState resets what has called an import that may wait, since it never begins', async () => {
  const Suspending = Reflect.get(WebAssembly, 'Suspending') as new (wait: () => unknown) => WebAssembly.ImportValue;
  let begun = 0;
  const imports = { host: { wait: new Suspending(() => (begun += 1)) } };
  const { state, call } = await resettable(
    '(import "host" "wait" (func $wait)) (func (export "wait") call $wait)',
    imports,
  );
  assert.throws(() => call('wait'), { name: 'SuspendError' });
  assert.equal(begun, 0);
  assert.equal(state.reset(), true);
});

test('FirstState has no snapshot of what its start code left, nor of what is not its own or no value that can be compared', async () => {
  const host = {
    f: () => {},
    m: new WebAssembly.Memory({ initial: 1 }),
    t: new WebAssembly.Table({ initial: 1, element: 'anyfunc' }),
  };
  for (const text of [
    '(import "host" "f" (func)) (start 0)',
    '(import "host" "m" (memory 1))',
    '(import "host" "t" (table 1 funcref))',
    '(global (mut f32) (f32.const nan))',
  ]) {
    const { state } = await begun(text, { host });
    assert.equal(state.snapshot(), undefined, text);
  }
});

test('FirstState is only set back to what it has begun as', async () => {
  const text = (word: string, value: number, pages = 1): string =>
    `(memory ${pages}) (data (i32.const 100) "${word}") (global (mut i32) (i32.const ${value}))`;
  const first = (await begun(text('one', 1))).state.snapshot();
  assert.ok(first);
  const others = [text('one', 1), text('two', 1), text('one', 2), text('one', 1, 2), '(memory 1)'];
  const begins = await Promise.all(others.map(async (other) => (await begun(other)).state.beginsAs(first)));
  assert.deepEqual(begins, [true, false, false, false, false]);
});
