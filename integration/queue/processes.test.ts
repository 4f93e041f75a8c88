import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { StateFile } from '../../src/trigger/index.ts';
import { enqueue } from '../../triggers/queue/enqueue.ts';

/** A worker.ts, and what it has printed. */
class Worker implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #wake = (): void => {};

  constructor(path: string, role: 'publish' | 'hold' | 'drain') {
    this.#child = spawn(process.execPath, [join(import.meta.dirname, 'worker.ts'), path, role], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#closed = once(this.#child, 'close');
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      // piped
      this.lines.push(line);
      this.#wake();
    });
  }

  async printed(count: number): Promise<void> {
    while (this.lines.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** SIGKILL: it has no chance to do anything more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

function items(count: number): { headers: []; data: Uint8Array }[] {
  return Array.from({ length: count }, () => ({ headers: [], data: new Uint8Array(10) }));
}

test('a queue survives SIGKILL of its publisher: what was confirmed is there, and the file is sound', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-queue-'));
  const path = join(folder.path, 'state.db');
  const confirmed: string[] = [];
  for (let kill = 0; kill < 3; kill += 1) {
    await using publisher = new Worker(path, 'publish');
    await publisher.printed(20 + kill * 30);
    await publisher[Symbol.asyncDispose]();
    confirmed.push(...publisher.lines);
  }
  await using state = StateFile.open(path);
  const stored = state.read((db) => db.prepare('SELECT id FROM queue_body').all()).map(({ id }) => String(id));
  assert.deepEqual(new Set(confirmed).difference(new Set(stored)), new Set());
  assert.equal(
    state.read((db) => db.prepare('PRAGMA integrity_check').get()?.['integrity_check']),
    'ok',
  );
});

test('leases of a process that was killed are reclaimed at once by one that waits, and cost an attempt', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-queue-'));
  const path = join(folder.path, 'state.db');
  await using state = StateFile.open(path);
  await enqueue(state, 'jobs', items(50));
  await using holder = new Worker(path, 'hold');
  await holder.printed(50);
  await using other = new Worker(path, 'drain');
  await enqueue(state, 'jobs', items(1));
  await other.printed(1);
  await holder[Symbol.asyncDispose]();
  await other.printed(51);
  assert.deepEqual(other.lines.slice(1).toSorted(), holder.lines.map((line) => line.replace(/ 1$/, ' 2')).toSorted());
});

test('two processes drain one queue side by side, and each item is handed out once', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-queue-'));
  const path = join(folder.path, 'state.db');
  await using state = StateFile.open(path);
  await using one = new Worker(path, 'drain');
  await using other = new Worker(path, 'drain');
  const ids: string[] = [];
  for (let put = 0; put < 2000; put += 100) ids.push(...(await enqueue(state, 'jobs', items(100))).map(({ id }) => id));
  while (one.lines.length + other.lines.length < ids.length)
    await Promise.race([one.printed(one.lines.length + 1), other.printed(other.lines.length + 1)]);
  assert.deepEqual([...one.lines, ...other.lines].toSorted(), ids.map((id) => `${id} 1`).toSorted());
  assert.ok(one.lines.length > 0 && other.lines.length > 0, 'one process did everything');
});
