import assert from 'node:assert/strict';
import test from 'node:test';
import { registerCheck } from './check.ts';
import { CommandLine } from '../testing/command-line.ts';

const coreModule = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

test('check tells what is wrong with each component, and ends with 4', async () => {
  using line = new CommandLine({
    'sluice.toml': `[component.gone]\nsource = "gone.wasm"\n[component.core]\nsource = "core.wasm"
[component.unbuilt]\nsource = "new.wasm"\nbuild = { command = "make", dir = "src" }
[[trigger.queue]]\ncomponent = "gone"\nqueue = "a"\n[[trigger.queue]]\ncomponent = "core"\nqueue = "b"`,
    'core.wasm': coreModule,
  });
  assert.deepEqual(await line.run([registerCheck], ['check']), {
    exitCode: 4,
    stdout: '',
    stderr: `warning SLU1301: component.unbuilt is defined, but no trigger uses it
  sluice.toml:5:12
  5 | [component.unbuilt]
    |            ^^^^^^^

error SLU2001: the component can't be read: it does not exist
  in: component gone, gone.wasm
  fix: check that it is there: ls -l ${line.dir}/gone.wasm
  more: sluice explain SLU2001

error SLU2002: wanted a WebAssembly component, got a core module that does not say what it is
  in: component core, core.wasm
  fix: build it as a program for WASI preview 1 (it exports _start), or as a component for wasm32-wasip2
  more: sluice explain SLU2002

error SLU2001: the component can't be read: it does not exist
  in: component unbuilt, new.wasm
  fix: cd ${line.dir}/src && make
  more: sluice explain SLU2001
`,
  });
});

test('check ends with 3 when the manifest is wrong', async () => {
  using line = new CommandLine({ 'sluice.toml': 'nam = 1' });
  const { exitCode, stdout, stderr } = await line.run([registerCheck], ['check']);
  assert.deepEqual([exitCode, stdout], [3, '']);
  assert.match(stderr, /^error SLU1203: the manifest has no key nam\n/);
});

test('check --json reports errors and warnings as data', async () => {
  using line = new CommandLine({
    'sluice.toml': '[component.gone]\nsource = "gone.wasm"',
    'wrong.toml': 'nam = 1\nap = 2',
  });
  const components = await line.run([registerCheck], ['check', '--json']);
  assert.deepEqual([components.exitCode, components.stderr], [4, '']);
  assert.deepEqual(JSON.parse(components.stdout), {
    ok: false,
    checked: [],
    unchecked: [],
    errors: [
      {
        code: 'SLU2001',
        message: "the component can't be read: it does not exist",
        place: { component: 'gone', file: `${line.dir}/gone.wasm` },
        fix: `check that it is there: ls -l ${line.dir}/gone.wasm`,
      },
    ],
    warnings: [
      {
        code: 'SLU1301',
        message: 'component.gone is defined, but no trigger uses it',
        place: { file: `${line.dir}/sluice.toml`, line: 1, column: 12, path: 'component.gone' },
      },
    ],
  });
  const manifest = await line.run([registerCheck], ['check', '--json', '-m', 'wrong.toml']);
  assert.equal(manifest.exitCode, 3);
  const { errors } = JSON.parse(manifest.stdout);
  assert.deepEqual(
    errors.map(({ message }: { message: string }) => message),
    ['the manifest has no key nam', 'the manifest has no key ap'],
  );
});
