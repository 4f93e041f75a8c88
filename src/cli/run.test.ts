import assert from 'node:assert/strict';
import test from 'node:test';
import { type ErrorCode, SluiceError } from '../errors.ts';
import type { RegisterCommand } from './run.ts';
import { globalsOf } from './program.ts';
import { CommandLine } from './testing/command-line.ts';

/** A command `do` that does just this. */
function command(
  action: Parameters<ReturnType<Parameters<RegisterCommand>[0]['command']>['action']>[0],
): RegisterCommand {
  return (program) => program.command('do').option('--fast').description('do something').action(action);
}

function throwing(thrown: unknown): RegisterCommand {
  return command(() => {
    throw thrown;
  });
}

test('run resolves with 0 when a command is done', async () => {
  using line = new CommandLine();
  const register: RegisterCommand = (program, io) => command(() => io.stdout.write('data\n'))(program, io);
  assert.deepEqual(await line.run([register], ['do']), { exitCode: 0, stdout: 'data\n', stderr: '' });
});

test('run resolves with 1 when a command says that the answer is no', async () => {
  using line = new CommandLine();
  const register: RegisterCommand = (program, io) => command(() => void (io.exitCode = 1))(program, io);
  assert.deepEqual(await line.run([register], ['do']), { exitCode: 1, stdout: '', stderr: '' });
});

test('run resolves with the exit code of what was thrown', async () => {
  using line = new CommandLine();
  const codes: readonly (readonly [ErrorCode, number])[] = [
    ['SLU1001', 2],
    ['SLU1203', 3],
    ['SLU2002', 4],
    ['SLU3001', 5],
    ['SLU4003', 5],
    ['SLU9001', 70],
  ];
  for (const [code, exitCode] of codes) {
    const ran = await line.run([throwing(new SluiceError(code, 'no'))], ['do']);
    assert.deepEqual(ran, { exitCode, stdout: '', stderr: `error ${code}: no\n  more: sluice explain ${code}\n` });
  }
});

test('run tells anything else that was thrown as a fault of Sluice', async () => {
  using line = new CommandLine();
  const ran = await line.run([throwing(new RangeError('no such index'))], ['do']);
  assert.deepEqual(ran, {
    exitCode: 70,
    stdout: '',
    stderr: `error SLU9001: internal error: no such index
  fix: run the command again with --verbose, and report what it prints
  more: sluice explain SLU9001
`,
  });
  assert.match((await line.run([throwing('text')], ['do', '--verbose'])).stderr, /caused by 'text'/);
});

test('run tells wrong use in the same form, with one suggestion', async () => {
  using line = new CommandLine();
  assert.deepEqual(await line.run([throwing(0)], ['do', '--fats']), {
    exitCode: 2,
    stdout: '',
    stderr: `error SLU1001: unknown option '--fats'
  fix: did you mean --fast?
  more: sluice explain SLU1001
`,
  });
  assert.deepEqual(await line.run([throwing(0)], ['undo', 'all']), {
    exitCode: 2,
    stdout: '',
    stderr: `error SLU1001: unknown command 'undo'
  fix: did you mean do?
  more: sluice explain SLU1001
`,
  });
});

test('run prints the version, and help where it was asked for or is needed', async () => {
  using line = new CommandLine();
  const version = await line.run([throwing(0)], ['--version']);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  for (const argv of [[], ['--help'], ['help'], ['do', '--help'], ['help', 'do']]) {
    const { exitCode, stdout, stderr } = await line.run([throwing(0)], argv);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /^Usage: sluice.*--manifest <path>/s);
  }
});

test('run knows the global options before and after the command', async () => {
  using line = new CommandLine();
  const seen: unknown[] = [];
  const register = command((...given) => void seen.push(globalsOf(given.at(-1))));
  await line.run([register], ['do']);
  await line.run([register], ['-m', 'a.toml', '--json', 'do', '--verbose', '--no-color']);
  assert.deepEqual(seen, [
    { manifest: 'sluice.toml', json: false, verbose: false, color: true },
    { manifest: 'a.toml', json: true, verbose: true, color: false },
  ]);
});
