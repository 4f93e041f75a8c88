import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempDisposableSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { sluice } from '../sluice-process.ts';

test('compiled code is kept in the cache folder of this user, and nowhere when others may write there', async () => {
  using dir = mkdtempDisposableSync(join(tmpdir(), 'sluice-compiled-'));
  const [home, temporary] = [join(dir.path, 'home'), join(dir.path, 'tmp')];
  for (const path of [home, temporary]) mkdirSync(path);
  const env = { XDG_CACHE_HOME: home, TMPDIR: temporary };
  const kept = (): readonly string[] =>
    readdirSync(home, { recursive: true, withFileTypes: true }).flatMap((each) =>
      each.isFile() ? [each.parentPath] : [],
    );

  chmodSync(home, 0o777);
  assert.equal((await sluice(['--version'], { cwd: dir.path, env })).code, 0);
  assert.deepEqual(kept(), []);

  chmodSync(home, 0o700);
  assert.equal((await sluice(['--version'], { cwd: dir.path, env })).code, 0);
  assert.ok(kept().every((path) => path.startsWith(join(home, 'sluice', 'compiled'))));
  assert.notEqual(kept().length, 0);
  assert.deepEqual(readdirSync(temporary), []);
});
