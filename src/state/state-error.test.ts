import assert from 'node:assert/strict';
import { mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { SluiceError } from '../errors.ts';
import { StateFile } from './state-file.ts';

const NOTES = ['CREATE TABLE note (number INTEGER PRIMARY KEY, text BLOB NOT NULL) STRICT'];

function newPath(t: TestContext): string {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-state-'));
  t.after(() => folder.remove());
  return join(folder.path, 'state.db');
}

function notes(t: TestContext, path: string): StateFile {
  const state = StateFile.open(path);
  t.after(() => state[Symbol.asyncDispose]());
  state.migrate('notes', NOTES);
  return state;
}

function add(state: StateFile, text: Uint8Array): Promise<unknown> {
  return state.write((db) => db.prepare('INSERT INTO note (text) VALUES (?)').run(text));
}

function count(state: StateFile): unknown {
  return state.read((db) => db.prepare('SELECT count(*) AS n FROM note').get()?.['n']);
}

function code(wanted: string, transient: boolean): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof SluiceError);
    assert.deepEqual([thrown.code, thrown.transient], [wanted, transient]);
    return true;
  };
}

test('a state file in a folder that cannot be made is SLU4001', (t) => {
  const path = newPath(t);
  writeFileSync(path, 'a file where a folder is wanted');
  assert.throws(() => StateFile.open(join(path, 'state.db')), code('SLU4001', false));
});

test('a state file that is a folder is SLU4001', (t) => {
  const path = newPath(t);
  mkdirSync(path);
  assert.throws(() => StateFile.open(path), code('SLU4001', false));
});

test('a state file from a newer version is SLU4002, and is not changed', async (t) => {
  const path = newPath(t);
  await using newer = StateFile.open(path);
  newer.migrate('notes', [...NOTES, 'CREATE TABLE invented (later INTEGER) STRICT']);
  await newer[Symbol.asyncDispose]();
  const before = readFileSync(path);
  await using older = StateFile.open(path);
  assert.throws(() => older.migrate('notes', NOTES), code('SLU4002', false));
  await older[Symbol.asyncDispose]();
  assert.deepEqual(readFileSync(path), before);
});

test('a file that is no database is SLU4003, and is not changed', (t) => {
  const path = newPath(t);
  const text = 'this was once a poem\n'.repeat(500);
  writeFileSync(path, text);
  assert.throws(() => StateFile.open(path), code('SLU4003', false));
  assert.equal(readFileSync(path, 'utf8'), text);
});

test('a state file that lost its end is SLU4003, and is not changed', async (t) => {
  const path = newPath(t);
  await using whole = StateFile.open(path);
  whole.migrate('notes', NOTES);
  await add(whole, new Uint8Array(50_000));
  await whole[Symbol.asyncDispose]();
  const torn = readFileSync(path).subarray(0, 4096);
  writeFileSync(path, torn);
  assert.throws(() => notes(t, path), code('SLU4003', false));
  assert.deepEqual(readFileSync(path), torn);
});

test('a page overwritten with noise is SLU4003 for whoever reads it, and the rest can still be read', async (t) => {
  const path = newPath(t);
  await using whole = StateFile.open(path);
  whole.migrate('notes', NOTES);
  for (let n = 0; n < 10; n += 1) await add(whole, new Uint8Array(3000).fill(n));
  await whole[Symbol.asyncDispose]();
  const bytes = readFileSync(path);
  bytes.fill(0x5a, bytes.byteLength - 3 * 4096, bytes.byteLength - 2 * 4096);
  writeFileSync(path, bytes);
  const state = notes(t, path);
  const select = (where: string) => state.read((db) => db.prepare(`SELECT text FROM note ${where}`).all());
  assert.throws(() => select(''), code('SLU4003', false));
  assert.equal(select('WHERE number = 1').length, 1);
});

test('a full disk is SLU4004 for the whole group, and what was there before is whole', async (t) => {
  const path = newPath(t);
  const state = notes(t, path);
  await add(state, new Uint8Array(10));
  state.read((db) => db.exec('PRAGMA max_page_count = 20'));
  const results = await Promise.allSettled([
    add(state, new Uint8Array(10)),
    add(state, new Uint8Array(200_000)),
    add(state, new Uint8Array(10)),
  ]);
  for (const result of results) {
    if (result.status === 'rejected') code('SLU4004', true)(result.reason);
  }
  assert.equal(results[1].status, 'rejected');
  assert.equal(count(state), 1 + results.filter(({ status }) => status === 'fulfilled').length);
  assert.equal(
    state.read((db) => db.prepare('PRAGMA integrity_check').get()?.['integrity_check']),
    'ok',
  );
});

test('a state file goes on when the full disk has space again', async (t) => {
  const state = notes(t, newPath(t));
  state.read((db) => db.exec('PRAGMA max_page_count = 20'));
  await assert.rejects(add(state, new Uint8Array(200_000)), code('SLU4004', true));
  state.read((db) => db.exec('PRAGMA max_page_count = 2000'));
  await add(state, new Uint8Array(200_000));
  assert.equal(count(state), 1);
});

test('a write lock that somebody holds for more than 10 s is SLU4005, and the next write goes through', async (t) => {
  const path = newPath(t);
  const state = notes(t, path);
  using other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  let now = 0;
  const clock = t.mock.method(performance, 'now', () => (now += 6000));
  await assert.rejects(add(state, new Uint8Array(1)), code('SLU4005', true));
  clock.mock.restore();
  other.exec('COMMIT');
  await add(state, new Uint8Array(1));
  assert.equal(count(state), 1);
});
