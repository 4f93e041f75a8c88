import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StateFile } from '../../src/state/state-file.ts';
import { put, textsOf } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { VersionedComponent } from '../versioned-component.ts';

const triggers = `
  component.versioned.pool = { threads = 1, instances = 2 }
  [[trigger.queue]]
  queue = "in"
  component = "versioned"
  [output.out]
  queue = "out"`;

/** The answer to an event. */
async function answerTo(state: StateFile, text: string): Promise<string | undefined> {
  await put(state, 'in', text);
  const patience = AbortSignal.timeout(30_000);
  for (;;) {
    const answer = textsOf(state, 'out').find((one) => one.endsWith(` ${text}`));
    if (answer !== undefined) return answer;
    await state.changed(20, patience);
  }
}

test('up --watch reloads a component when its file is another', async () => {
  using component = await VersionedComponent.create();
  using app = await TemporaryApp.create({ guests: [], toml: component.toml + triggers });
  await using state = app.openState();
  await using sluice = app.start(['up', '--watch']);
  await sluice.says(/ready in/);
  assert.equal(await answerTo(state, '0 a'), 'v1 0 a');
  component.deploy('v2');
  await sluice.says(/component reloaded/);
  assert.equal(await answerTo(state, '0 b'), 'v2 0 b');
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
});

test('up --watch builds a component when what it is made from has changed; a build that fails leaves the old one in place', async () => {
  using component = await VersionedComponent.create();
  const build = `component.versioned.build = { command = "grep -q fine src/deep/text && cp ${component.source} built.wasm", watch = ["src/**"] }`;
  using app = await TemporaryApp.create({
    guests: [],
    toml: `component.versioned.source = "built.wasm"\n${build}\n${triggers}`,
  });
  mkdirSync(join(app.dir, 'src', 'deep'), { recursive: true });
  app.write('src/deep/text', 'fine');
  await using state = app.openState();
  await using sluice = app.start(['up', '--watch']);
  await sluice.says(/ready in/);
  assert.equal(await answerTo(state, '0 a'), 'v1 0 a');
  component.deploy('v2');
  app.write('src/deep/text', 'broken');
  await sluice.says(/SLU2007.*could not be reloaded|could not be reloaded.*SLU2007/);
  assert.equal(await answerTo(state, '0 b'), 'v1 0 b');
  app.write('src/deep/text', 'fine');
  await sluice.says(/component reloaded/);
  assert.equal(await answerTo(state, '0 c'), 'v2 0 c');
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
});
