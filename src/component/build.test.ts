import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { buildComponent, type BuildOptions, isStale } from './build.ts';

const never = new AbortController().signal;
let dir: string;
let options: BuildOptions;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-build-'));
  mkdirSync(join(dir, 'src'));
  writeFileSync(join(dir, 'src', 'a.ts'), '');
  options = {
    component: 'enrich',
    source: join(dir, 'out.wasm'),
    command: 'echo built > out.wasm',
    dir,
    watch: ['src/**'],
  };
});

afterEach(() => rmSync(dir, { recursive: true }));

test('isStale says that a component is to be built while its file is missing', () => {
  assert.equal(isStale(options), true);
});

test('isStale says that a component is to be built when a watched file is newer', async () => {
  await buildComponent(options, never);
  utimesSync(join(dir, 'src', 'a.ts'), 1, 1);
  utimesSync(join(dir, 'src'), 1, 1);
  assert.equal(isStale(options), false);
  utimesSync(join(dir, 'src', 'a.ts'), new Date(), new Date(Date.now() + 5000));
  assert.equal(isStale(options), true);
  assert.equal(isStale({ ...options, watch: [] }), false);
});

test('buildComponent runs the command in its folder, with the tools of node_modules on its PATH', async () => {
  mkdirSync(join(dir, 'node_modules', '.bin'), { recursive: true });
  writeFileSync(join(dir, 'node_modules', '.bin', 'make-it'), '#!/bin/sh\necho tool > "$1"\n', { mode: 0o755 });
  await buildComponent({ ...options, command: 'make-it out.wasm' }, never);
  assert.equal(readFileSync(options.source, 'utf8'), 'tool\n');
});

test('buildComponent makes the folder that its file goes to, which a clean clone does not have', async () => {
  const source = join(dir, 'build', 'out.wasm');
  await buildComponent({ ...options, source, command: 'echo built > build/out.wasm' }, never);
  assert.equal(readFileSync(source, 'utf8'), 'built\n');
});

test('buildComponent reports a command that fails, and how to run it by hand', async () => {
  await assert.rejects(buildComponent({ ...options, command: 'exit 7' }, never), {
    code: 'SLU2007',
    message: "the build command of component 'enrich' ended with exit code 7: exit 7",
    fix: `run it by hand: cd ${dir} && exit 7`,
  });
});

test('buildComponent reports a command that succeeds without making the file', async () => {
  await assert.rejects(buildComponent({ ...options, command: 'true' }, never), {
    code: 'SLU2007',
    message: /made no .*out\.wasm/,
  });
});
