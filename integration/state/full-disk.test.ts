import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { accept } from '../deliveries.ts';
import { SluiceError, StateFile } from '../../src/trigger/index.ts';
import { adapterContext } from '../../src/trigger/conformance/index.ts';
import { enqueue } from '../../triggers/queue/enqueue.ts';
import { adapter } from '../../triggers/queue/index.ts';

const SIZE = '4m';
const forever = new AbortController().signal;

/** A disk of its own, small enough to be filled. `undefined` where this user may not mount one. */
function mountDisk(folder: string): Disposable | undefined {
  if (process.platform !== 'linux') return undefined;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]).status !== 0) return undefined;
  return { [Symbol.dispose]: () => void spawnSync('umount', [folder]) };
}

function isFull(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.code === 'SLU4004' && thrown.transient;
}

test('a full disk is an error and not a corruption: the queue keeps what it confirmed, and goes on when there is space', async (t) => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-disk-'));
  using disk = mountDisk(folder.path);
  if (disk === undefined) return t.skip('this user may not mount a tmpfs');
  const path = join(folder.path, 'state.db');
  const ballast = join(folder.path, 'ballast');
  writeFileSync(ballast, new Uint8Array(2 ** 20));
  const confirmed: string[] = [];
  const fill = async (): Promise<void> => {
    for (;;) {
      const receipts = await enqueue(state, 'jobs', [{ headers: [], data: new Uint8Array(20_000) }]);
      confirmed.push(...receipts.map(({ id }) => id));
    }
  };
  await using state = StateFile.open(path);
  await assert.rejects(fill(), isFull);
  await assert.rejects(enqueue(state, 'jobs', [{ headers: [], data: new Uint8Array(20_000) }]), isFull);
  assert.ok(confirmed.length > 10, `${confirmed.length} items fitted`);

  rmSync(ballast);
  await enqueue(state, 'jobs', [{ id: 'after', headers: [], data: new Uint8Array(10) }]);
  await using trigger = await adapter.trigger!.open(
    adapter.trigger!.schema.parse({ queue: 'jobs' }),
    adapterContext(state),
    forever,
  );
  const taken = await trigger.take(1000, forever);
  assert.deepEqual(
    taken.map(({ event }) => event.id),
    [...confirmed, 'after'],
  );
  await accept(trigger, ...taken);
  assert.equal(
    state.read((db) => db.prepare('PRAGMA integrity_check').get()?.['integrity_check']),
    'ok',
  );
});
