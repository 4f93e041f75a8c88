import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPool } from '../../src/pool/testing/guest-pool.ts';
import { scriptedComponent } from '../../src/pool/testing/scripted-component.ts';
import { assertTrapped, runAll, ToldCall } from '../../src/pool/testing/told-call.ts';

// Ends of threads that take a second or two to come about.

test('InstancePool charges a call that fills the heap of its thread', async () => {
  const fill = `for (const held = []; ; ) held.push(Array.from({ length: 1000 }, () => ({})));`;
  await using pool = await openPool(scriptedComponent(`if (text === 'fill') { ${fill} } return [];`));
  const [filling, after] = await runAll(
    pool,
    ['fill', 'ok'].map((text) => new ToldCall(text, { timeoutMs: 120_000 })),
  );
  assertTrapped(filling!, 'memory', /memory limit/);
  assert.equal(after?.kind, 'completed');
});

test('InstancePool ends a thread that is blocked without a guest on its stack', async () => {
  const script = `if (text === 'block') setTimeout(() => { for (;;); }, 1);
    return new Promise((resolve) => setTimeout(resolve, 20, []));`;
  await using pool = await openPool(scriptedComponent(script, { suspends: true }));
  const calls = [new ToldCall('a', { timeoutMs: 5000 }), new ToldCall('block', { timeoutMs: 200 })];
  const [a, blocking] = await runAll(pool, calls);
  assert.equal(a?.kind, 'completed');
  assert.equal(blocking?.kind, 'timed-out');
});
