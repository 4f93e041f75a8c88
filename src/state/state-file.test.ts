import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempDisposableSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { StateFile } from './state-file.ts';

const NOTES = ['CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT'];
const FOREVER = new AbortController().signal;

function newPath(t: TestContext): string {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-state-'));
  t.after(() => folder.remove());
  return join(folder.path, 'made', 'state.db');
}

/** A file with a table of notes, closed when the test ends. */
function notes(t: TestContext, path = newPath(t)): StateFile {
  const state = StateFile.open(path);
  t.after(() => state[Symbol.asyncDispose]());
  state.migrate('notes', NOTES);
  return state;
}

function add(state: StateFile, text: string | null): Promise<number> {
  return state.write((db) => Number(db.prepare('INSERT INTO note (text) VALUES (?)').run(text).changes));
}

function texts(state: StateFile): unknown[] {
  return state.read((db) => db.prepare('SELECT text FROM note ORDER BY number').all()).map((row) => row['text']);
}

test('StateFile makes its folder, and keeps what was written when it is opened again', async (t) => {
  const path = newPath(t);
  await using first = StateFile.open(path);
  first.migrate('notes', NOTES);
  await add(first, 'kept');
  await first[Symbol.asyncDispose]();
  assert.deepEqual(texts(notes(t, path)), ['kept']);
});

test('StateFile resolves a write with the result of its mutation', async (t) => {
  assert.equal(await add(notes(t), 'a'), 1);
});

test('StateFile commits the mutations of one turn in one transaction, in their order', async (t) => {
  const state = notes(t);
  const before = state.version;
  await Promise.all(['a', 'b', 'c'].map((text) => add(state, text)));
  assert.equal(state.version, before + 1);
  assert.deepEqual(texts(state), ['a', 'b', 'c']);
});

test('StateFile rejects a mutation that throws alone, with what it threw, and keeps nothing of it', async (t) => {
  const state = notes(t);
  const refused = new Error('not today');
  const results = await Promise.allSettled([
    add(state, 'before'),
    state.write((db) => {
      db.exec("INSERT INTO note (text) VALUES ('half done')");
      throw refused;
    }),
    add(state, null),
    add(state, 'after'),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
  assert.equal(results[1]?.status === 'rejected' && results[1].reason, refused);
  assert.deepEqual(texts(state), ['before', 'after']);
});

test('StateFile goes on in whole groups after one with a faulty mutation', async (t) => {
  const state = notes(t);
  await assert.rejects(add(state, null));
  const before = state.version;
  await Promise.all([add(state, 'a'), add(state, 'b')]);
  assert.equal(state.version, before + 1);
});

test('StateFile stores writes that need not survive power loss, and syncs again for those that must', async (t) => {
  const path = newPath(t);
  const state = notes(t, path);
  const level = (): unknown => state.read((db) => db.prepare('PRAGMA synchronous').get()?.['synchronous']);
  await state.write((db) => db.exec("INSERT INTO note (text) VALUES ('lease')"), { sync: false });
  assert.equal(level(), 1);
  await Promise.all([state.write(() => {}, { sync: false }), add(state, 'item')]);
  assert.equal(level(), 2);
  assert.deepEqual(texts(notes(t, path)), ['lease', 'item']);
});

test('StateFile waits for another connection that holds the write lock, and the event loop goes on meanwhile', async (t) => {
  const path = newPath(t);
  const state = notes(t, path);
  using other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE; INSERT INTO note (text) VALUES ('theirs')");
  const write = add(state, 'ours');
  let turns = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      turns += 1;
      if (turns < 5) return;
      clearInterval(timer);
      other.exec('COMMIT');
      resolve();
    }, 1);
  });
  await write;
  assert.deepEqual(texts(state), ['theirs', 'ours']);
});

test('StateFile lets two connections write to one file in turn, and loses nothing', async (t) => {
  const path = newPath(t);
  const [one, other] = [notes(t, path), notes(t, path)];
  await Promise.all(Array.from({ length: 100 }, (_, n) => add(n % 2 === 0 ? one : other, String(n))));
  assert.equal(texts(one).length, 100);
  assert.deepEqual(texts(other), texts(one));
});

test('StateFile runs each migration step once, in order', (t) => {
  const state = notes(t);
  const steps = [...NOTES, "INSERT INTO note (text) VALUES ('step 2')"];
  state.migrate('notes', steps);
  state.migrate('notes', steps);
  assert.deepEqual(texts(state), ['step 2']);
});

test('StateFile takes back a migration that fails, whole', (t) => {
  const state = notes(t);
  assert.throws(() => state.migrate('notes', [...NOTES, "INSERT INTO note (text) VALUES ('half')", 'nonsense']));
  assert.deepEqual(texts(state), []);
  state.migrate('notes', NOTES);
});

test('StateFile commits what is pending before it closes, and closes once', async (t) => {
  const path = newPath(t);
  const state = notes(t, path);
  const writes = ['a', 'b'].map((text) => add(state, text));
  await Promise.all([state[Symbol.asyncDispose](), state[Symbol.asyncDispose]()]);
  assert.deepEqual(await Promise.all(writes), [1, 1]);
  assert.deepEqual(texts(notes(t, path)), ['a', 'b']);
});

test('StateFile refuses to be used after it was closed', async (t) => {
  const state = notes(t);
  await state[Symbol.asyncDispose]();
  await assert.rejects(add(state, 'late'), TypeError);
  assert.throws(() => texts(state), TypeError);
});

test('StateFile wakes those who wait for a change when it closes', async (t) => {
  const state = notes(t);
  const waiting = state.changed(2 ** 30, FOREVER);
  await state[Symbol.asyncDispose]();
  assert.equal(await waiting, undefined);
  assert.equal(await state.changed(2 ** 30, FOREVER), undefined);
});

const posix = { skip: process.platform === 'win32' && 'Windows has no such modes, owners and pipes' };
const mode = (path: string): number => statSync(path).mode & 0o777;

test('StateFile is for its user alone, in a folder of any mode and with any umask', posix, async (t) => {
  const before = process.umask(0);
  t.after(() => process.umask(before));
  const folder = mkdtempSync(join(tmpdir(), 'sluice-state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const path = join(folder, 'state.db');
  const state = StateFile.open(path);
  t.after(() => state[Symbol.asyncDispose]());
  state.migrate('notes', ['CREATE TABLE notes (text TEXT) STRICT']);
  const files = ['', '-wal', '-shm'].map((end) => `${path}${end}`);
  assert.deepEqual(files.map(mode), [0o600, 0o600, 0o600]);

  for (const file of files) chmodSync(file, 0o666);
  await StateFile.open(path)[Symbol.asyncDispose]();
  assert.deepEqual(files.map(mode), [0o600, 0o600, 0o600]);

  await StateFile.open(join(folder, 'made', 'state.db'))[Symbol.asyncDispose]();
  assert.equal(mode(join(folder, 'made')), 0o700);
});

test('StateFile refuses what is no file, and waits for no pipe', posix, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  for (const path of [join(folder, 'pipe'), folder, '/dev/zero']) {
    assert.throws(() => StateFile.open(path), { code: 'SLU4001', message: /it is not a file/ });
  }
});

test(
  "StateFile refuses another user's file",
  { skip: process.geteuid?.() !== 0 && 'only root can make files of another user' },
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-state-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'state.db');
    writeFileSync(path, '');
    for (const each of [folder, path]) chownSync(each, 12_345, 12_345);
    chmodSync(folder, 0o777);
    chmodSync(path, 0o666);
    process.seteuid?.(54_321);
    try {
      assert.throws(() => StateFile.open(path), {
        code: 'SLU4006',
        message: 'the state file belongs to user 12345, and this is user 54321',
      });
    } finally {
      process.seteuid?.(0);
    }
  },
);
