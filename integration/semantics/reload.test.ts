import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildGuest } from '../guests/build-guest.ts';
import { put, textsOf } from '../queue-items.ts';
import { reloadUnderLoad } from '../reload-under-load.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { VersionedComponent } from '../versioned-component.ts';
import { RunningApp } from './running-app.ts';

const toml = `
  component.versioned.pool = { threads = 2, instances = 8 }
  [[trigger.queue]]
  name = "in"
  queue = "in"
  component = "versioned"
  [output.out]
  queue = "out"`;

const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `1 ${from + n}`);
const without = (version: string): string => version.replace(/^v\d /, '');
const versionsOf = (texts: readonly string[]): string[] => [...new Set(texts.map((text) => text.slice(0, 2)))];

test('reload of a component under load loses nothing: new events go to the new one, what runs finishes on the old one', async () => {
  await reloadUnderLoad({
    toml: '[[trigger.queue]]\nqueue = "in"\ncomponent = "versioned"',
    store: (texts, app) => app.put(...texts),
  });
});

test('a new component that cannot be loaded or instantiated leaves the old one in place, and is reported', async () => {
  using component = await VersionedComponent.create();
  await using app = await RunningApp.open({ guests: [], toml: component.toml + toml });
  const broken = [Buffer.from('not wasm'), ...(await Promise.all(['silent', 'stillborn'].map(bytesOf)))];
  for (const [n, bytes] of broken.entries()) {
    component.deployBytes(bytes);
    assert.deepEqual([...(await app.runtime.reload())], [['versioned', 'failed']]);
    await app.put(`0 ${n}`);
    await app.settled(n + 1);
  }
  assert.deepEqual(app.out, ['v1 0 0', 'v1 0 1', 'v1 0 2']);
  const told = app.log.filter((line) => line.includes('could not be reloaded'));
  for (const code of ['SLU2002', 'SLU2003', 'SLU2006'])
    assert.ok(
      told.some((line) => line.includes(code)),
      code,
    );
  assert.ok(app.metrics.includes('sluice_component_reloads_total{sluice_component="versioned",result="failed"} 3'));
  component.deploy('v2');
  assert.deepEqual([...(await app.runtime.reload())], [['versioned', 'replaced']]);
  await app.put('0 after');
  await app.settled(4);
  assert.equal(app.out.at(-1), 'v2 0 after');
});

test('a component that has not changed is not replaced; reloads come one after the other, and none while draining', async () => {
  using component = await VersionedComponent.create();
  await using app = await RunningApp.open({ guests: [], toml: component.toml + toml });
  const { runtime } = app;
  assert.deepEqual([...(await runtime.reload('versioned'))], [['versioned', 'unchanged']]);
  component.deploy('v2');
  const reloads = await Promise.all([runtime.reload(), runtime.reload()]);
  assert.deepEqual(
    reloads.map((reload) => reload.get('versioned')),
    ['replaced', 'unchanged'],
  );
  component.deploy('v1');
  const interrupted = runtime.reload();
  await runtime.drain();
  assert.deepEqual([...(await interrupted)], [['versioned', 'refused']]);
  assert.deepEqual([...(await runtime.reload())], [['versioned', 'refused']]);
});

test('SIGHUP to sluice up under load: every event is handled once, none that came later by the old component, exit 0', async () => {
  using component = await VersionedComponent.create();
  using app = await TemporaryApp.create({ guests: [], toml: component.toml + toml });
  await using state = app.openState();
  await put(state, 'in', '1000 slow', ...numbered(0, 200));
  await using sluice = app.start(['up']);
  const until = async (met: () => boolean): Promise<void> => {
    while (!met()) await state.changed(20, AbortSignal.timeout(30_000));
  };
  await until(() => textsOf(state, 'out').length > 50);
  component.deploy('v2');
  sluice.kill('SIGHUP');
  await put(state, 'in', ...numbered(200, 400));
  await sluice.says(/component reloaded/);
  await put(state, 'in', ...numbered(400, 600));
  await until(() => textsOf(state, 'out').length === 601);
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
  const answers = textsOf(state, 'out');
  assert.deepEqual(answers.map(without).toSorted(), ['1000 slow', ...numbered(0, 600)].toSorted());
  assert.ok(answers.includes('v1 1000 slow'));
  assert.deepEqual(versionsOf(answers.filter((answer) => Number(answer.split(' ')[2]) >= 400)), ['v2']);
  assert.match(sluice.stderr, /601 handled, 0 running, 601 published$/m);
});

async function bytesOf(guest: string): Promise<Uint8Array> {
  return readFileSync(await buildGuest(guest));
}
