import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { outlineOf } from '../component-outline.ts';
import { transpile } from './transpile.ts';
import { GLUE_FILE, planFor, TASKLESS_FILE } from './transpile-plan.ts';

const place = { component: 'enrich' };
const never = new AbortController().signal;

async function taskFor(wat: string) {
  const component = await parse(wat);
  return { component, plan: planFor(outlineOf(component), () => undefined, undefined) };
}

const twice = `(component
  (component $c (core module $m (memory 1) (func (export "go"))) (core instance $i (instantiate $m))
    (func (export "go") (canon lift (core func $i "go"))))
  (instance $first (instantiate $c)) (instance $second (instantiate $c))
  (core module $two (memory 1) (memory 2) (func (export "go"))) (core instance $i (instantiate $two))
  (func (export "go") (canon lift (core func $i "go")))
  (export "first" (func $first "go")) (export "second" (func $second "go")))`;

test('transpile gives the code, the core modules as they were, and how often each is instantiated', async () => {
  const { files, imports, instances } = await transpile(await taskFor(twice), place, never);
  assert.deepEqual(imports, []);
  const [glue, taskless, ...modules] = [...files.keys()];
  assert.deepEqual([glue, taskless], [GLUE_FILE, TASKLESS_FILE]);
  assert.deepEqual(Object.keys(instances).toSorted(), modules.toSorted());
  assert.deepEqual(
    Object.values(instances).toSorted((a, b) => a - b),
    [1, 2],
  );
});

test('transpile never shows custom sections to the transpiler', async () => {
  // It decodes documentation, and would refuse this.
  const wat = twice.replace('(component\n', '(component (@custom "package-docs" "\\07 nonsense")\n');
  const { files } = await transpile(await taskFor(wat), place, never);
  assert.ok(files.has(GLUE_FILE));
});

test('transpile reports a transpiler that breaks down', async () => {
  // It has no code for core modules as imports, and panics.
  const task =
    await taskFor(`(component (import "m" (core module $m (export "go" (func)))) (core instance $i (instantiate $m))
    (func (export "go") (canon lift (core func $i "go"))))`);
  await assert.rejects(transpile(task, place, never), { code: 'SLU2002', message: /unreachable/, place });
});

/** Each part is made of two of the one before it. */
function laughs(depth: number): string {
  const parts = Array.from(
    { length: depth },
    (_, n) =>
      `(component $c${n + 1} (alias outer 1 $c${n} (component $p)) (instance (instantiate $p)) (instance (instantiate $p)))`,
  );
  return `(component (component $c0 (core module $m) (core instance (instantiate $m)))
    ${parts.join(' ')} (instance (instantiate $c${depth})))`;
}

test('transpile ends a transpiler that takes too long, or too much memory', async () => {
  const task = await taskFor(laughs(40));
  const [cpuMs, bytes] = [1500, 2 ** 30];
  const wanted = { code: 'SLU2012', place };
  await assert.rejects(transpile(task, place, never, { cpuMs, bytes }), { ...wanted, message: /more than 1.5 s/ });
  const little = { cpuMs: 60_000, bytes: 2 ** 20 };
  await assert.rejects(transpile(task, place, never, little), { ...wanted, message: /more than 1 MiB/ });
  while (process.getActiveResourcesInfo().includes('ProcessWrap')) await setImmediate();
});

test('transpile ends its process when its signal is aborted', { timeout: 10_000 }, async () => {
  const task = await taskFor(twice);
  const giveUp = new AbortController();
  const running = transpile(task, place, giveUp.signal);
  giveUp.abort(new Error('stop'));
  await assert.rejects(running, { message: 'stop' });
  while (process.getActiveResourcesInfo().includes('ProcessWrap')) await setImmediate();
});
