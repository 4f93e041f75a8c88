import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneInstance } from '../testing/lone-instance.ts';
import { packages } from './packages.ts';
import { wasi } from './wasi.ts';

test('wasi provides and binds exactly the interfaces that its packages implement', async () => {
  for (const [name, { interfaces, load }] of Object.entries(packages)) {
    const listed = interfaces.map((each) => `${name}/${each}`);
    assert.deepEqual(Object.keys(await load()).toSorted(), listed.toSorted());
    for (const path of listed) {
      assert.ok(wasi.provides(`${path}@0.2.6`), path);
      assert.equal(typeof (await wasi.bind(`${path}@0.2.6`, new LoneInstance())), 'object', path);
    }
  }
});

test('wasi refuses to bind what it does not provide', async () => {
  await assert.rejects(wasi.bind('wasi:cli/run@0.2.6', new LoneInstance()), TypeError);
});
