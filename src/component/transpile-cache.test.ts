import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TranspileCache } from './transpile-cache.ts';
import { GLUE_FILE, type Transpiled } from './transpiled.ts';

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
  assert.equal(await readFile(fileURLToPath(cache.glueOf(key)), 'utf8'), 'export const glue = 1;');
});

test('TranspileCache has another key for another component, and for another plan', async () => {
  const cache = new TranspileCache(parent);
  const keys = [cache.keyOf('a', plan), cache.keyOf('b', plan), cache.keyOf('a', { ...plan, asyncMode: 'jspi' })];
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
  await assert.rejects(cache.put(key, transpiled), { code: 'SLU2009', place: { file: join(file, 'cache') } });
});
