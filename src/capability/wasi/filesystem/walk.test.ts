import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Folder } from './folder.ts';
import { walk } from './walk.ts';

interface Place {
  /** What is granted. */
  readonly base: Folder;
  /** The path of something in it, for the test. */
  readonly at: (name: string) => string;
}

/** A folder `base` beside a file `secret`; `byOpenFolders` as on Linux, or by name as elsewhere. */
function place(t: TestContext, byOpenFolders: boolean): Place {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-walk-')));
  writeFileSync(join(parent, 'secret'), 'secret');
  mkdirSync(join(parent, 'base', 'sub', 'deep'), { recursive: true });
  writeFileSync(join(parent, 'base', 'file'), 'file');
  writeFileSync(join(parent, 'base', 'sub', 'inner'), 'inner');
  const base = Folder.open(join(parent, 'base'), byOpenFolders);
  t.after(() => {
    base.close();
    rmSync(parent, { recursive: true });
  });
  return { base, at: (name) => join(parent, 'base', name) };
}

const read = (base: Folder, path: string, followLast = true): string =>
  walk(base, path, { followLast }, (arrived) => readFileSync(arrived, 'utf8'));

const denied = { payload: 'not-permitted' };
const missing = { payload: 'no-entry' };

const ways: readonly (readonly [name: string, byOpenFolders: boolean])[] = [
  ...(process.platform === 'linux' ? [['through open folders', true] as const] : []),
  ['by name', false],
];

for (const [way, byOpenFolders] of ways) {
  test(`walk, ${way}, arrives where a path leads`, (t) => {
    const { base } = place(t, byOpenFolders);
    for (const path of ['file', './file', 'sub/../file', 'sub//deep/../../file']) {
      assert.equal(read(base, path), 'file', path);
    }
    assert.equal(read(base, 'sub/deep/../inner'), 'inner');
    assert.throws(() => read(base, 'none'), missing);
    assert.throws(() => read(base, 'none/file'), missing);
    assert.throws(() => read(base, 'file/inner'), { payload: 'not-directory' });
    assert.throws(() => read(base, 'file/'), { payload: 'not-directory' });
    assert.throws(() => read(base, ''), missing);
  });

  test(`walk, ${way}, does not leave its base by a path`, (t) => {
    const { base } = place(t, byOpenFolders);
    for (const path of ['../secret', '..', 'sub/../../secret', '/etc/passwd', 'sub/deep/../../../base/file']) {
      assert.throws(() => read(base, path), denied, path);
    }
    const sub = base.enter('sub');
    t.after(() => sub.close());
    assert.throws(() => read(sub, '../file'), denied);
  });

  test(`walk, ${way}, follows links within its base only`, (t) => {
    const { base, at } = place(t, byOpenFolders);
    const links = {
      up: '../secret',
      far: '/etc/passwd',
      sly: 'sub/../../secret',
      near: 'sub/inner',
      folder: 'sub',
      back: 'sub/deep/..',
    };
    for (const [name, leadsTo] of Object.entries(links)) symlinkSync(leadsTo, at(name));
    symlinkSync('../file', at('sub/outward'));

    for (const name of ['up', 'far', 'sly']) assert.throws(() => read(base, name), denied, name);
    assert.equal(read(base, 'near'), 'inner');
    assert.equal(read(base, 'folder/inner'), 'inner');
    assert.equal(read(base, 'back/inner'), 'inner');
    assert.equal(read(base, 'sub/outward'), 'file');
    const sub = base.enter('sub');
    t.after(() => sub.close());
    assert.throws(() => read(sub, 'outward'), denied);
  });

  test(`walk, ${way}, stays at a link that ends the path when it is told to, unless a folder is meant`, (t) => {
    const { base, at } = place(t, byOpenFolders);
    symlinkSync('sub', at('link'));
    const isLink = (path: string): boolean =>
      walk(base, path, { followLast: false }, (arrived) => lstatSync(arrived).isSymbolicLink());
    assert.equal(isLink('link'), true);
    assert.equal(isLink('link/'), false);
    assert.equal(isLink('link/.'), false);
  });

  test(`walk, ${way}, ends with a loop of links`, (t) => {
    const { base, at } = place(t, byOpenFolders);
    symlinkSync('pong', at('ping'));
    symlinkSync('ping', at('pong'));
    assert.throws(() => read(base, 'ping'), { payload: 'loop' });
  });

  test(`walk, ${way}, is not led astray by a folder that became a link`, (t) => {
    const { base, at } = place(t, byOpenFolders);
    const sub = base.enter('sub');
    t.after(() => sub.close());
    renameSync(at('sub'), at('moved'));
    symlinkSync('..', at('sub'));
    assert.throws(() => read(sub, 'secret'), missing);
    assert.throws(() => read(base, 'sub/secret'), denied);
  });

  test(`walk, ${way}, holds two folders open at most, however deep it goes`, (t) => {
    const { base, at } = place(t, byOpenFolders);
    const deep = Array.from({ length: 100 }, () => 'd').join('/');
    mkdirSync(at(deep), { recursive: true });
    const before = openFiles();
    const most = walk(base, `${deep}/x`, { followLast: false }, () => openFiles() - before);
    assert.ok(most <= 1, `${most} folders`);
    assert.equal(
      read(base, `${deep}/${'../'.repeat(30)}${'d/'.repeat(30)}${'../'.repeat(100).slice(0, -1)}/file`),
      'file',
    );
    assert.equal(openFiles(), before);
  });

  test(`walk, ${way}, ends with a path that goes up and down too often`, (t) => {
    const { base, at } = place(t, byOpenFolders);
    mkdirSync(at(Array.from({ length: 100 }, () => 'd').join('/')), { recursive: true });
    const zigzag = `${'d/'.repeat(100)}${'../d/'.repeat(100)}`;
    assert.throws(() => read(base, zigzag), { payload: 'name-too-long' });
  });
}

function openFiles(): number {
  return readdirSync('/dev/fd').length;
}
