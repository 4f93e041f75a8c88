import assert from 'node:assert/strict';
import test from 'node:test';
import { errorCatalogue } from '../../error-catalogue.ts';
import { registerExplain } from './explain.ts';
import { CommandLine } from '../testing/command-line.ts';

test('explain tells what a code means, in any case of letters', async () => {
  using line = new CommandLine();
  const expected = `SLU1203: unknown key in the manifest

Sluice does not know a key of this name here. Unknown keys are rejected, because
a misspelt limit would otherwise be no limit. The message suggests the nearest
known key.

A command that ends with it has exit code 3 (manifest).
`;
  assert.deepEqual(await line.run([registerExplain], ['explain', 'SLU1203']), {
    exitCode: 0,
    stdout: expected,
    stderr: '',
  });
  assert.equal((await line.run([registerExplain], ['explain', 'slu1203'])).stdout, expected);
});

test('explain lists every code', async () => {
  using line = new CommandLine();
  const { stdout } = await line.run([registerExplain], ['explain']);
  assert.deepEqual(
    stdout.trimEnd().split('\n'),
    Object.entries(errorCatalogue).map(([code, { title }]) => `${code}  ${title}`),
  );
});

test('explain --json prints entries as data', async () => {
  using line = new CommandLine();
  const { stdout } = await line.run([registerExplain], ['explain', 'SLU9001', '--json']);
  assert.deepEqual(JSON.parse(stdout), [{ code: 'SLU9001', ...errorCatalogue.SLU9001, exitCode: 70 }]);
});

test('explain suggests a code for one that does not exist', async () => {
  using line = new CommandLine();
  assert.deepEqual(await line.run([registerExplain], ['explain', 'SLU120']), {
    exitCode: 2,
    stdout: '',
    stderr:
      "error SLU1001: there is no error code 'SLU120'\n  fix: did you mean SLU1201?\n  more: sluice explain SLU1001\n",
  });
});
