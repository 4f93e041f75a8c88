import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const EVENTS = process.env['SLUICE_LONG'] === undefined ? 100 : 20_000;
const seed = Number(process.env['SLUICE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));

test('every function that a component may import holds against any numbers', async (t) => {
  t.diagnostic(`SLUICE_SEED=${seed}`);
  // A process of its own: what one of them does to it is then a failure here.
  const args = [join(import.meta.dirname, 'fuzz.ts'), String(seed), String(EVENTS)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  t.diagnostic(stdout);
  const { functions, ...kinds } = JSON.parse(stdout) as Record<string, number>;
  assert.ok(functions! > 150, `it calls ${functions} functions`);
  assert.equal(
    Object.values(kinds).reduce((sum, count) => sum + count),
    EVENTS,
  );
  assert.ok(kinds['completed']! > 0 && kinds['trapped']! > 0);
});
