import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { freePort } from './free-port.ts';

/** So many that processes that know nothing of each other are as good as sure to choose some twice. */
const COUNT = 500;

test('freePort gives no port to two processes that run at the same time', async () => {
  const source = `import { freePort } from ${JSON.stringify(join(import.meta.dirname, 'free-port.ts'))};
    for (let n = 0; n < ${COUNT}; n += 1) console.log(await freePort());
    process.stdin.resume();`;
  const other = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const theirs: number[] = [];
  const all = Promise.withResolvers<void>();
  createInterface({ input: other.stdout }).on('line', (line) => {
    if (theirs.push(Number(line)) === COUNT) all.resolve();
  });
  other.once('close', () => all.reject(new Error(`it ended after ${theirs.length} ports`)));
  const ours = new Set<number>();
  while (ours.size < COUNT) ours.add(await freePort());
  await all.promise;
  other.stdin.end();
  await once(other, 'close');
  assert.deepEqual(
    theirs.filter((port) => ours.has(port)),
    [],
  );
});
