import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempDisposableSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { privateFolder } from './compile-cache.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('a folder for compiled code is made with what is above it, for this user alone', () => {
  using dir = mkdtempDisposableSync(join(realpathSync(tmpdir()), 'sluice-cc-'));
  const path = join(dir.path, 'cache', 'sluice', 'compiled');
  assert.equal(privateFolder(path), path);
  assert.deepEqual([modeOf(path), modeOf(join(dir.path, 'cache'))], [0o700, 0o700]);
  assert.equal(privateFolder(path), path);
});

test('compiled code is not kept where another user could put it', () => {
  using dir = mkdtempDisposableSync(join(realpathSync(tmpdir()), 'sluice-cc-'));
  const path = join(dir.path, 'above', 'compiled');
  mkdirSync(path, { recursive: true });
  for (const [open, mode] of [
    [path, 0o777],
    [path, 0o770],
    [join(dir.path, 'above'), 0o777],
  ] as const) {
    chmodSync(open, mode);
    assert.equal(privateFolder(path), undefined, `${open} ${mode.toString(8)}`);
    chmodSync(open, 0o700);
    assert.equal(privateFolder(path), path);
  }
  chmodSync(join(dir.path, 'above'), 0o1777); // as the temporary folder: what is in it stays where it is
  assert.equal(privateFolder(path), path);
});

test('compiled code is not kept behind a link into what others may write', () => {
  using dir = mkdtempDisposableSync(join(realpathSync(tmpdir()), 'sluice-cc-'));
  const open = join(dir.path, 'open');
  mkdirSync(join(open, 'compiled'), { recursive: true });
  chmodSync(open, 0o777);
  symlinkSync(open, join(dir.path, 'link'));
  assert.equal(privateFolder(join(dir.path, 'link', 'compiled')), undefined);
});

test('compiled code is not kept where no folder can be made', () => {
  using dir = mkdtempDisposableSync(join(realpathSync(tmpdir()), 'sluice-cc-'));
  writeFileSync(join(dir.path, 'file'), '');
  assert.equal(privateFolder(join(dir.path, 'file', 'compiled')), undefined);
});
