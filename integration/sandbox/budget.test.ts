import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { buildHostileFile } from './build-hostile.ts';
import { provides } from '../../src/capability/capabilities.ts';
import type { Component } from '../../src/component/component.ts';
import { loadComponent } from '../../src/component/load-component.ts';
import { contracts } from '../../src/contract/contracts.ts';
import { silentLogger } from '../../src/logger.ts';
import { cacheDir, never, openPool } from '../../src/pool/testing/guest-pool.ts';
import { assertTrapped, run, ToldCall } from '../../src/pool/testing/told-call.ts';

const MIB = 2 ** 20;

/** A guest that takes 128 MiB little by little. */
async function hoarder(): Promise<Component> {
  const source = await buildHostileFile('hoards');
  const options = { name: 'hoards', source, contracts, provides, cacheDir, memoryBytes: 128 * MIB, log: silentLogger };
  return loadComponent(options, never);
}

test('InstancePool ends a thread whose guest takes more than its budget, and charges the event when it does so again', async () => {
  const ends: string[] = [];
  const threadEnded = (reason: string): void => void ends.push(reason);
  await using pool = await openPool(await hoarder(), { host: 'thread', budgetBytes: 16 * MIB, threadEnded });
  assertTrapped(
    await run(pool, 'hoard'),
    'memory',
    /grew by \d+ MiB while it ran, limits\.budget is 16 MiB \(SLU2102\)/,
  );
  while (ends.length < 2) await setImmediate(); // the second is told after the outcome
  assert.deepEqual(ends, ['over-budget', 'over-budget'], 'the second time alone with its thread');
});

test('InstancePool charges nobody while several guests may have taken what the process grew by', async () => {
  const ends: string[] = [];
  const threadEnded = (reason: string): void => void ends.push(reason);
  const component = await hoarder();
  await using pool = await openPool(component, { host: 'thread', budgetBytes: 16 * MIB, threadEnded });
  await using spins = await openPool('choose', { host: 'thread', budgetBytes: 16 * MIB, threadEnded });
  const spinning = new ToldCall('spin', { timeoutMs: 20_000, source: 'spins' });
  const hoarding = new ToldCall('hoard');
  spins.submit(spinning);
  pool.submit(hoarding);
  assert.equal((await hoarding.outcome).kind, 'completed', 'it was run again, and left alone then');
  assert.deepEqual(spinning.outcomes, []);
  assert.deepEqual(ends, ['over-budget', 'over-budget'], 'once each');
  spins.cancel('spins');
});
