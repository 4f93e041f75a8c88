import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { registerCompletion } from './completion.ts';
import { registerConfig } from './config.ts';
import { registerCron } from './cron.ts';
import { CommandLine } from '../testing/command-line.ts';

const commands = [registerConfig, registerCron, registerCompletion];

async function script(shell: string): Promise<string> {
  using line = new CommandLine();
  const { exitCode, stdout, stderr } = await line.run(commands, ['completion', shell]);
  assert.deepEqual([exitCode, stderr], [0, '']);
  return stdout;
}

/** What bash offers for a line that ends where the cursor is. */
function offered(completion: string, line: string): readonly string[] {
  const words = line.split(' ').map((word) => `'${word}'`);
  const ask = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync('bash', ['--norc', '-c', `${completion}\n${ask}`], { encoding: 'utf8' });
  return printed.split('\n').filter((word) => word !== '');
}

test('completion bash offers commands, commands of commands, and options', async () => {
  const bash = await script('bash');
  assert.deepEqual(offered(bash, 'sluice co'), ['config', 'completion']);
  assert.deepEqual(offered(bash, 'sluice cron ne'), ['next']);
  assert.deepEqual(offered(bash, 'sluice cron next --fr'), ['--from']);
  assert.deepEqual(offered(bash, 'sluice --json config --man'), ['--manifest']);
  assert.deepEqual(offered(bash, 'sluice config nothing'), []);
});

test('completion zsh and fish describe what they offer', async () => {
  const zsh = await script('zsh');
  assert.match(zsh, /^#compdef sluice\n/);
  assert.match(zsh, /'cron next'\) choices=\(.*'--from:start from this time instead of now'/);
  const fish = await script('fish');
  const next = "__fish_seen_subcommand_from cron; and __fish_seen_subcommand_from next' -l from -d";
  assert.ok(fish.includes(`complete -c sluice -n '${next} 'start from this time instead of now'`));
  assert.match(fish, /complete -c sluice -n '__fish_use_subcommand' -f -a config -d /);
});

test('completion knows three shells', async () => {
  using line = new CommandLine();
  const { exitCode, stderr } = await line.run(commands, ['completion', 'cmd']);
  assert.equal(exitCode, 2);
  assert.match(stderr, /Allowed choices are bash, zsh, fish\./);
});
