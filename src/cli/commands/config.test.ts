import assert from 'node:assert/strict';
import test from 'node:test';
import { registerConfig } from './config.ts';
import { CommandLine } from '../testing/command-line.ts';

const manifest = `
[component.report]
source = "report.wasm"
config = { api_token = "hunter2" }
[[trigger.cron]]
component = "report"
every = "\${env:EVERY:-10s}"
`;

test('config prints each value with its origin, secrets hidden', async () => {
  using line = new CommandLine({ 'sluice.toml': manifest });
  const { exitCode, stdout, stderr } = await line.run([registerConfig], ['config']);
  assert.deepEqual([exitCode, stderr], [0, '']);
  const printed = new Set(stdout.split('\n').map((text) => text.replace(/ +# /, '  # ')));
  for (const expected of [
    'component.report.source = "report.wasm"  # sluice.toml:3',
    'component.report.config.api_token = "***"  # sluice.toml:4',
    'component.report.pool.threads = 3  # derived',
    'trigger.cron[0].every = "10s"  # sluice.toml:7, env:EVERY (not set)',
    'trigger.cron[0].overlap = "skip"  # default',
  ]) {
    assert.ok(printed.has(expected), expected);
  }
  assert.doesNotMatch(stdout, /hunter2/);
});

test('config --json prints the same as data', async () => {
  using line = new CommandLine({ 'sluice.toml': manifest });
  const { stdout } = await line.run([registerConfig], ['config', '--json'], { env: { EVERY: '5s' } });
  const settings: unknown[] = JSON.parse(stdout);
  const every = {
    path: 'trigger.cron[0].every',
    value: '5s',
    origin: { kind: 'reference', line: 7, from: ['env:EVERY'] },
  };
  assert.deepEqual(
    settings.filter((setting) => JSON.stringify(setting).includes('every')),
    [every],
  );
});

test('config ends with 3 and all that is wrong', async () => {
  using line = new CommandLine({ 'sluice.toml': '[app]\nnam = 1\n[component.x]\nsource = 5\n' });
  assert.deepEqual(await line.run([registerConfig], ['config']), {
    exitCode: 3,
    stdout: '',
    stderr: `error SLU1203: app has no key nam
  sluice.toml:2:1
  2 | nam = 1
    | ^^^
  fix: did you mean name?

error SLU1201: component.x.source must be a string, got 5
  sluice.toml:4:10
  4 | source = 5
    |          ^
  fix: write it in quotes: source = "5"

2 errors in sluice.toml; more about the first: sluice explain SLU1203
`,
  });
});
