import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { DeadLetterStore } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import { itemsOf, put, textsOf } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';

const toml = `
  [[trigger.queue]]
  name = "in"
  queue = "in"
  component = "choose"
  retry = { attempts = 1 }
  [output.out]
  queue = "out"`;

interface Status {
  readonly reason?: string;
  readonly unconfirmed: number;
  readonly retried: number;
}

const path = join('.sluice', 'state.db');

test('a state file that is corrupt is refused with a code, and left as it is', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml });
  mkdirSync(join(app.dir, '.sluice'));
  const junk = 'this is no database. '.repeat(500);
  app.write(path, junk);
  for (const args of [['up'], ['publish', 'in', 'x'], ['dead', 'list']]) {
    const { code, stderr } = await app.run(args);
    assert.equal(code, 5);
    assert.match(stderr, /^error SLU4003: the state file is not a sound SQLite database/m);
    assert.match(stderr, /fix: .*mv \S+state\.db/);
  }
  assert.equal(app.read(path), junk);
});

test('a state file from a newer Sluice is refused with a code, and left as it is', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml });
  await app.run(['publish', 'in', 'echo a']);
  const db = new DatabaseSync(join(app.dir, path));
  db.exec("UPDATE sluice_module SET version = 99 WHERE name = 'queue'");
  db.close();
  for (const args of [['up'], ['publish', 'in', 'x']]) {
    const { code, stderr } = await app.run(args);
    assert.equal(code, 5);
    assert.match(stderr, /^error SLU4002: the state file has version 99 of 'queue'/m);
    assert.match(stderr, /the file was not changed/);
  }
});

test('a folder where no state file can be made is refused with a code', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml: `state.path = "sluice.toml/state.db"\n${toml}` });
  const { code, stderr } = await app.run(['up']);
  assert.equal(code, 5);
  assert.match(stderr, /^error SLU4001: the state file can't be opened/m);
});

test('while the disk is full nothing is settled or charged, the trigger says so, and all goes on when there is room', async (t) => {
  const raise = (pid: number): void => void execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited']);
  try {
    raise(process.pid);
  } catch {
    t.skip('there is no prlimit here');
    return;
  }
  const retry = toml.replace('attempts = 1', 'attempts = 2, first = "1ms", max = "1ms"');
  using app = await TemporaryApp.create({ guests: ['choose'], toml: `server.listen = "127.0.0.1:0"\n${retry}` });
  const words = ['attempt', 'reject', 'fail-until:2', 'echo'];
  const texts = Array.from({ length: 400 }, (_, n) => `${words[n % 4] ?? ''} ${n} ${'x'.repeat(2000)}`);
  {
    await using state = app.openState();
    await put(state, 'in', ...texts);
  }
  // No file may become larger than 128 KiB: the write-ahead log, which begins empty, is full with the first settlements.
  await using sluice = app.start(['up'], { via: ['sh', '-c', 'ulimit -S -f 256; exec "$0" "$@"'] });
  const [, url = ''] = await sluice.says(/server {3}(http:\S+)\/livez/);
  const status = async (): Promise<Status> => {
    const [only] = (await (await fetch(`${url}/triggers`)).json()) as [Status]; // what /triggers serves
    return only;
  };
  // Told as long as it lasts, and that is over whenever a small commit still finds room.
  let reason: string | undefined;
  while ((reason = (await status()).reason) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.match(reason, /a commit to the state file failed/);
  assert.equal((await fetch(`${url}/livez`)).status, 200);
  raise(sluice.pid);
  await using state = app.openState();
  while (itemsOf(state, 'in').length > 0) await state.changed(20, new AbortController().signal);
  const { unconfirmed, retried } = await status();
  assert.deepEqual([unconfirmed, retried], [0, texts.length / words.length]);
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
  const letters = new DeadLetterStore(state, () => 0).list(1000);
  const ends = [...textsOf(state, 'out'), ...letters.map(({ event }) => Buffer.from(event.data).toString())];
  const expected = texts.map((text) => text.replace('attempt', '1'));
  assert.deepEqual(new Set(ends), new Set(expected));
  assert.equal(ends.length, expected.length);
});
