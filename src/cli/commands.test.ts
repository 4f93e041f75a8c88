import assert from 'node:assert/strict';
import test from 'node:test';
import { commandsFor } from './commands.ts';
import { CommandLine } from './testing/command-line.ts';

const all = await commandsFor([]);

test('a command line loads the command that it calls, whatever options stand before it', async () => {
  const [dead] = await commandsFor(['dead']);
  for (const argv of [
    ['dead', 'list'],
    ['--json', '-m', 'up', 'dead', 'list'],
    ['--manifest', 'up', 'dead'],
    ['--manifest=up', 'dead', 'up'],
    ['-mup', 'dead'],
  ])
    assert.deepEqual(await commandsFor(argv), [dead], argv.join(' '));
});

test('what a command line answers is the same as with all commands loaded', async () => {
  using line = new CommandLine({ 'sluice.toml': '' });
  for (const argv of [
    [],
    ['--help'],
    ['--version'],
    ['help'],
    ['help', 'dead'],
    ['help', 'dead', 'list'],
    ['dead'],
    ['dead', 'lst'],
    ['dead', '--help'],
    ['--help', 'dead'],
    ['cron', 'next', '--cuont', '1'],
    ['ded', 'list'],
    ['nothing', 'dead'],
    ['--jsn', 'dead', 'list'],
    ['--', 'dead', 'list'],
    ['-m'],
    ['-m', 'dead'],
    ['toString'],
    ['completion', 'fish'],
    ['explain', 'SLU1203'],
  ])
    assert.deepEqual(await line.run(await commandsFor(argv), argv), await line.run(all, argv), argv.join(' '));
});
