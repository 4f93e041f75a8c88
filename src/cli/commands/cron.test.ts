import assert from 'node:assert/strict';
import test from 'node:test';
import { registerCron } from './cron.ts';
import { CommandLine } from '../testing/command-line.ts';

const manifest = `
[component.report]
source = "report.wasm"
[[trigger.cron]]
name = "morning"
component = "report"
schedule = "0 7 * * 1-5"
timezone = "Europe/Berlin"
[[trigger.cron]]
name = "often"
component = "report"
every = "30s"
[[trigger.queue]]
name = "jobs"
component = "report"
queue = "jobs"
`;
const from = ['--from', '2026-10-23T12:00:00Z'];

test('cron next prints when a trigger is due, across a change of clocks', async () => {
  using line = new CommandLine({ 'sluice.toml': manifest });
  assert.deepEqual(await line.run([registerCron], ['cron', 'next', 'morning', '-n', '2', ...from]), {
    exitCode: 0,
    stdout: 'morning  2026-10-26T06:00:00.000Z\nmorning  2026-10-27T06:00:00.000Z\n',
    stderr: '',
  });
});

test('cron next prints all schedules without a name, five times each', async () => {
  using line = new CommandLine({ 'sluice.toml': manifest });
  const { stdout } = await line.run([registerCron], ['cron', 'next', ...from]);
  const names = stdout
    .trimEnd()
    .split('\n')
    .map((text) => text.split(' ')[0]);
  assert.deepEqual(names, [...Array<string>(5).fill('morning'), ...Array<string>(5).fill('often')]);
});

test('cron next --json prints data', async () => {
  using line = new CommandLine({ 'sluice.toml': manifest });
  const { stdout } = await line.run([registerCron], ['cron', 'next', 'often', '-n', '1', ...from, '--json']);
  assert.deepEqual(JSON.parse(stdout), [{ trigger: 'often', next: ['2026-10-23T12:00:30.000Z'] }]);
});

test('cron next tells of a name that is no schedule', async () => {
  using line = new CommandLine({ 'sluice.toml': manifest });
  const { exitCode, stderr } = await line.run([registerCron], ['cron', 'next', 'mornin']);
  assert.deepEqual(
    [exitCode, stderr.split('\n').slice(0, 2)],
    [2, ["error SLU1001: the manifest defines no cron trigger 'mornin'", '  fix: did you mean morning?']],
  );
  assert.match((await line.run([registerCron], ['cron', 'next', 'jobs'])).stderr, /fix: it defines morning, often/);
});

test('cron next tells of options that make no sense', async () => {
  using line = new CommandLine({ 'sluice.toml': manifest });
  for (const argv of [
    ['-n', '0'],
    ['-n', 'x'],
    ['--from', 'noon'],
  ]) {
    const { exitCode, stderr } = await line.run([registerCron], ['cron', 'next', ...argv]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^error SLU1001: option '.*' argument '.*' is invalid. It must be /);
  }
});
