import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPool } from './testing/guest-pool.ts';
import { scriptedComponent } from './testing/scripted-component.ts';
import { run, runAll, said, ToldCall } from './testing/told-call.ts';

const texts = (call: ToldCall): string[] => call.lines.map(({ text }) => text);

test('InstancePool tells each call what its guest wrote, and before it is finished', async () => {
  await using pool = await openPool('speaks');
  const calls = ['2 ok', '0 ok', '3 trap', '1 ok'].map((text) => new ToldCall(text));
  const seen = calls.map((call) => call.outcome.then(() => call.lines.length));
  await runAll(pool, calls);
  assert.deepEqual(await Promise.all(seen), [2, 0, 3, 1]);
  assert.deepEqual(texts(calls[2]!), ['1', '2', '3']);
  assert.deepEqual(calls[0]?.lines[0], { level: 'info', context: 'speaks', text: '1' });
});

test('InstancePool tells what a guest printed, its last line included', async () => {
  await using pool = await openPool('prints');
  const call = new ToldCall('hello');
  await runAll(pool, [call]);
  assert.deepEqual(call.lines, [
    { level: 'info', context: 'stdout', text: 'out: hello' },
    { level: 'warn', context: 'stderr', text: 'err: hello' },
  ]);
});

test('InstancePool tells what a guest wrote before it was ended', async () => {
  await using pool = await openPool('speaks');
  const call = new ToldCall('3 spin', { timeoutMs: 100 });
  const [outcome] = await runAll(pool, [call]);
  assert.equal(outcome?.kind, 'timed-out');
  assert.deepEqual(texts(call), ['1', '2', '3']);
});

test('InstancePool bounds what one call writes, and tells how much it dropped', async () => {
  await using pool = await openPool('speaks');
  const [flood, next] = ['5000 ok', '1 ok'].map((text) => new ToldCall(text));
  await runAll(pool, [flood!, next!]);
  assert.equal(flood!.lines.length, 1001);
  assert.match(texts(flood!).at(-1) ?? '', /^dropped 4000 lines/);
  assert.deepEqual(texts(next!), ['1']);
});

test('InstancePool shows a guest nothing of the process', async () => {
  const script = `const data = new TextEncoder().encode(JSON.stringify(process.env));
    return [{ to: 'out', headers: [], data }];`;
  await using pool = await openPool(scriptedComponent(script));
  assert.notEqual(process.env['PATH'], undefined);
  assert.equal(said(await run(pool, '')), '{}');
});
