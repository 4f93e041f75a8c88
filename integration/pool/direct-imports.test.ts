import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { importGlue } from '../../src/component/glue/import-glue.ts';
import type { Glue } from '../../src/pool/guest/instance.ts';
import { loadGuest } from '../../src/pool/testing/guest-pool.ts';
import { LoneInstance, packed } from './lone-call.ts';

// Generated code would keep each import that is called outside of a task of its own, and look through all of them at the next.

process.env = Object.freeze({});
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The guest `logs` calls so many imports for one event. */
const IMPORTS = 6;
const BLOCKS = 10;
const CALLS = 900;
/** A task that is kept takes more than a thousand. */
const MOST_BYTES = 64;

test(`a directly called guest may call ${BLOCKS * CALLS * IMPORTS} imports: neither time nor memory grows with them`, async () => {
  const component = await loadGuest('logs');
  assert.ok(component.direct);
  let lines = 0;
  const imports = { 'wasi:logging/logging@0.1.0-draft': { log: () => (lines += 1) } };
  const instance = new LoneInstance(component, (await importGlue(component.glue)) as Glue, imports, 2 ** 20);
  const event = { id: '1', source: 's', subject: 's', time: 0n, headers: [], data: Buffer.from('bought') };
  const batch = packed([{ event, attempt: 1 }]);
  const blocks: { readonly spent: number; readonly held: number }[] = [];
  while (blocks.length < BLOCKS) {
    const start = process.cpuUsage().user;
    for (let n = 0; n < CALLS; n++) assert.equal(instance.call(batch)[0]?.kind, 'completed');
    const spent = process.cpuUsage().user - start;
    // What a task has settled is let go of when the turn ends.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    blocks.push({ spent, held: process.memoryUsage().heapUsed });
  }
  assert.equal(lines, BLOCKS * CALLS * IMPORTS);
  // The first blocks warm up.
  const held = blocks.map((block) => block.held);
  const imported = (BLOCKS - 3) * CALLS * IMPORTS;
  const perImport = ((held.at(-1) ?? 0) - (held[2] ?? 0)) / imported;
  assert.ok(perImport < MOST_BYTES, `${perImport} bytes are kept of each import`);
  const least = (some: typeof blocks): number => Math.min(...some.map(({ spent }) => spent));
  const slope = least(blocks.slice(-4)) / least(blocks.slice(1, 5));
  assert.ok(slope < 3, `the last calls took ${slope} times as long as the first`);
});
