import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { registerCheck } from '../../src/cli/commands/check.ts';
import { registerInvoke } from '../../src/cli/commands/invoke.ts';
import { registerPublish } from '../../src/cli/commands/publish.ts';
import { CommandLine } from '../../src/cli/testing/command-line.ts';

// Files that never end, or that nobody writes to: an error with a code, and no wait.

const posix = { skip: process.platform === 'win32' && 'Windows has no such modes, owners and pipes' };
const NO_FILE = /it is a pipe, a socket or a device, not a file/;

function lineWith(): CommandLine {
  const line = new CommandLine({
    'pipe-source.toml': '[component.c]\nsource = "pipe"',
    'zero-source.toml': '[component.c]\nsource = "/dev/zero"',
    'huge-source.toml': '[component.c]\nsource = "huge"',
    'pipe-secret.toml': '[app]\nname = "${file:pipe}"',
    'zero-secret.toml': '[app]\nname = "${file:/dev/zero}"',
    'huge-secret.toml': '[app]\nname = "${file:huge}"',
    'fine.toml': '[component.c]\nsource = "c.wasm"\n[[trigger.queue]]\ncomponent = "c"\nqueue = "q"',
  });
  execFileSync('mkfifo', [join(line.dir, 'pipe')]);
  writeFileSync(join(line.dir, 'huge'), '');
  truncateSync(join(line.dir, 'huge'), 2 ** 40);
  writeFileSync(join(line.dir, 'latin.toml'), Buffer.from('[app]\nname = "\xe9"', 'latin1'));
  writeFileSync(join(line.dir, 'marked.toml'), '\uFEFF[app]\r\nname = "x"\r\n');
  return line;
}

const refused: readonly (readonly [manifest: string, code: string, message: RegExp])[] = [
  ['pipe', 'SLU1101', NO_FILE],
  ['/dev/zero', 'SLU1101', NO_FILE],
  ['huge', 'SLU1101', /it is larger than 1 MiB/],
  ['latin.toml', 'SLU1101', /it is not UTF-8 text/],
  ['pipe-source.toml', 'SLU2001', NO_FILE],
  ['zero-source.toml', 'SLU2001', NO_FILE],
  ['huge-source.toml', 'SLU2001', /it is larger than 256 MiB/],
  ['pipe-secret.toml', 'SLU1205', NO_FILE],
  ['zero-secret.toml', 'SLU1205', NO_FILE],
  ['huge-secret.toml', 'SLU1205', /it is larger than 1 MiB/],
];

test('check refuses pipes, devices and huge files wherever a manifest names one', posix, async () => {
  using line = lineWith();
  for (const [manifest, code, message] of refused) {
    const { stderr } = await line.run([registerCheck], ['--manifest', manifest, 'check']);
    assert.match(stderr, new RegExp(`error ${code}`), manifest);
    assert.match(stderr, message, manifest);
  }
});

test('a socket is refused as a pipe is, without an errno', posix, async () => {
  using line = lineWith();
  await using server = createServer().listen(join(line.dir, 'socket'));
  await once(server, 'listening');
  const { stderr } = await line.run([registerCheck], ['--manifest', 'socket', 'check']);
  assert.match(stderr, NO_FILE);
});

test('a byte order mark and the line ends of Windows are fine', posix, async () => {
  using line = lineWith();
  assert.equal((await line.run([registerCheck], ['--manifest', 'marked.toml', 'check'])).exitCode, 0);
});

test('invoke and publish refuse data from pipes and devices, and point to stdin', posix, async () => {
  using line = lineWith();
  for (const file of ['pipe', '/dev/zero']) {
    for (const command of [
      ['invoke', 'c', '--file', file],
      ['publish', 'queue-c', '--file', file],
      ['publish', 'queue-c', '--lines', '--file', file],
    ]) {
      const { exitCode, stderr } = await line.run(
        [registerInvoke, registerPublish],
        ['--manifest', 'fine.toml', ...command],
      );
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, NO_FILE);
      assert.match(stderr, /write - to read the data from stdin/);
    }
  }
});
