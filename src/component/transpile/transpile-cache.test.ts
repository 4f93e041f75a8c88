import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TranspileCache } from './transpile-cache.ts';
import { GLUE_FILE, type Transpiled } from './transpile-plan.ts';

const parent = await mkdtemp(join(tmpdir(), 'sluice-transpile-cache-'));
after(() => rm(parent, { recursive: true }));
const newFolder = (): Promise<string> => mkdtemp(join(parent, 'cache-'));

const transpiled: Transpiled = {
  imports: ['wasi:io/streams@0.2.6'],
  instances: { 'component.core.wasm': 1 },
  files: new Map([
    [GLUE_FILE, Buffer.from('export const glue = 1;')],
    ['component.core.wasm', Buffer.from('core module')],
  ]),
};
const plan = { name: 'component' };

test('TranspileCache gives back what was put in', async () => {
  const cache = new TranspileCache(join(await newFolder(), 'made', 'when', 'needed'));
  const key = cache.keyOf('digest', plan);
  assert.equal(await cache.get(key), undefined);
  await cache.put(key, transpiled);
  assert.deepEqual(await cache.get(key), transpiled);
});

test('TranspileCache has another key for another component, and for another plan', async () => {
  const cache = new TranspileCache(parent);
  const keys = [cache.keyOf('a', plan), cache.keyOf('b', plan), cache.keyOf('a', { ...plan, multiMemory: true })];
  assert.equal(new Set(keys).size, 3);
  assert.equal(cache.keyOf('a', plan), keys[0]);
});

test('TranspileCache counts an entry as missing when any of its files is damaged or gone, and replaces it', async () => {
  const folder = await newFolder();
  const cache = new TranspileCache(folder);
  const key = cache.keyOf('digest', plan);
  await cache.put(key, transpiled);
  for (const name of await readdir(join(folder, key))) {
    const path = join(folder, key, name);
    const sound = await readFile(path);
    for (const damage of ['cut', 'flip', 'remove']) {
      if (damage === 'remove') await rm(path);
      else await writeFile(path, damage === 'cut' ? sound.subarray(0, -1) : sound.map((byte) => byte ^ 1));
      assert.equal(await cache.get(key), undefined, `${damage} ${name}`);
      await cache.put(key, transpiled);
      assert.deepEqual(await cache.get(key), transpiled, `${damage} ${name}`);
    }
  }
  assert.deepEqual(await readdir(folder), [key], 'nothing else is left');
});

test('TranspileCache is filled and repaired by many at once', async () => {
  const folder = await newFolder();
  const key = new TranspileCache(folder).keyOf('digest', plan);
  const fill = () => Promise.all(Array.from({ length: 8 }, () => new TranspileCache(folder).put(key, transpiled)));
  await fill();
  await writeFile(join(folder, key, GLUE_FILE), 'damaged');
  await fill();
  assert.deepEqual(await new TranspileCache(folder).get(key), transpiled);
  assert.deepEqual(await readdir(folder), [key], 'nothing else is left');
});

test('TranspileCache removes what a killed process left behind, and leaves what others are writing', async () => {
  const folder = await newFolder();
  const [abandoned, fresh] = [join(folder, 'a.partial'), join(folder, 'b.partial')];
  await mkdir(abandoned);
  await mkdir(fresh);
  const twoHoursAgo = Date.now() / 1000 - 7200;
  await utimes(abandoned, twoHoursAgo, twoHoursAgo);
  const cache = new TranspileCache(folder);
  const key = cache.keyOf('digest', plan);
  await cache.put(key, transpiled);
  assert.deepEqual((await readdir(folder)).toSorted(), ['b.partial', key].toSorted());
});

test('TranspileCache says where it could not write', async () => {
  const file = join(await newFolder(), 'file');
  await writeFile(file, '');
  const cache = new TranspileCache(join(file, 'cache'));
  const key = cache.keyOf('digest', plan);
  assert.equal(await cache.get(key), undefined);
  await assert.rejects(cache.put(key, transpiled), {
    code: 'SLU2009',
    place: { file: join(file, 'cache') },
    fix: /name another folder in the manifest: \[cache\] dir = /,
  });
});

const posix = { skip: process.platform === 'win32' && 'Windows has no such modes, owners and pipes' };

test('TranspileCache refuses a folder that others may write to', posix, async () => {
  const folder = await newFolder();
  const cache = new TranspileCache(folder);
  const key = cache.keyOf('digest', plan);
  await cache.put(key, transpiled);
  for (const mode of [0o777, 0o770, 0o702, 0o1777]) {
    await chmod(folder, mode);
    await assert.rejects(cache.get(key), { code: 'SLU2010', message: /other users may write there/ });
    await assert.rejects(cache.put(key, transpiled), { code: 'SLU2010' });
  }
  await chmod(folder, 0o755);
  assert.deepEqual(await cache.get(key), transpiled);
});

test('TranspileCache runs no entry that others may have written, and replaces it', posix, async () => {
  const folder = await newFolder();
  const cache = new TranspileCache(folder);
  const key = cache.keyOf('digest', plan);
  await cache.put(key, transpiled);
  for (const name of ['.', ...(await readdir(join(folder, key)))]) {
    await chmod(join(folder, key, name), 0o722);
    assert.equal(await cache.get(key), undefined, name);
    await cache.put(key, transpiled);
    assert.deepEqual(await cache.get(key), transpiled, name);
  }
});

test(
  "TranspileCache runs nothing of another user's, not even as root",
  { skip: process.geteuid?.() !== 0 && 'only root can make files of another user' },
  async () => {
    const folder = await newFolder();
    const cache = new TranspileCache(folder);
    const key = cache.keyOf('digest', plan);
    await cache.put(key, transpiled);
    for (const name of [key, join(key, GLUE_FILE), join(key, 'index')]) {
      await chown(join(folder, name), 12_345, 12_345);
      assert.equal(await cache.get(key), undefined, name);
      await cache.put(key, transpiled);
    }
    await chown(folder, 12_345, 12_345);
    await assert.rejects(cache.get(key), { code: 'SLU2010', message: /it belongs to user 12345, and this is user 0/ });
  },
);

test('TranspileCache follows no link, and waits for no pipe', posix, async () => {
  const folder = await newFolder();
  const cache = new TranspileCache(folder);
  const key = cache.keyOf('digest', plan);
  await cache.put(key, transpiled);
  await rename(join(folder, key), join(folder, 'elsewhere'));
  await symlink('elsewhere', join(folder, key));
  assert.equal(await cache.get(key), undefined);
  await rm(join(folder, key));
  await cache.put(key, transpiled);
  await rm(join(folder, key, GLUE_FILE));
  execFileSync('mkfifo', [join(folder, key, GLUE_FILE)]);
  assert.equal(await cache.get(key), undefined);
});

test('what TranspileCache writes is for its user alone, whatever the umask', posix, async (t) => {
  const before = process.umask(0);
  t.after(() => process.umask(before));
  const folder = join(await newFolder(), 'new');
  const cache = new TranspileCache(folder);
  const key = cache.keyOf('digest', plan);
  await cache.put(key, transpiled);
  const modes = await Promise.all(
    ['.', key, join(key, 'index'), join(key, GLUE_FILE)].map(
      async (name) => (await stat(join(folder, name))).mode & 0o777,
    ),
  );
  assert.deepEqual(modes, [0o700, 0o700, 0o600, 0o600]);
});

test('TranspileCache removes what nobody used for 30 days, and nothing that is not its own', async () => {
  const folder = await newFolder();
  const cache = new TranspileCache(folder);
  const keys = ['used', 'forgotten', 'new'].map((digest) => cache.keyOf(digest.padEnd(16, '0'), plan));
  const [used = '', forgotten = '', added = ''] = keys;
  for (const key of [used, forgotten]) await cache.put(key, transpiled);
  const longAgo = Date.now() / 1000 - 31 * 86_400;
  await mkdir(join(folder, 'mine'));
  await writeFile(join(folder, 'mine', 'index'), '');
  for (const name of [used, forgotten, 'mine']) await utimes(join(folder, name, 'index'), longAgo, longAgo);
  assert.deepEqual(await cache.get(used), transpiled);
  await cache.put(added, transpiled);
  assert.deepEqual((await readdir(folder)).toSorted(), [added, 'mine', used].toSorted());
});
