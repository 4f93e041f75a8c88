import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { loadGuest } from '../../src/pool/testing/guest-pool.ts';

const OPEN_FILES = 80;

test('InstancePool waits for a child process that cannot be started for want of descriptors, and the process lives on', async () => {
  await loadGuest('choose'); // transpiling needs descriptors, too
  const script = join(import.meta.dirname, 'starved.ts');
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `ulimit -n ${OPEN_FILES}; exec "$0" "$1"`,
    process.execPath,
    script,
  ]);
  assert.deepEqual(JSON.parse(stdout), { ends: ['timed-out', 'unfit'], outcomes: ['timed-out', 'completed'] });
});
