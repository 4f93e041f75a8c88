import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuestExit } from '../capability.ts';
import { LoneInstance } from '../testing/lone-instance.ts';
import type { InputStream, OutputStream } from './streams.ts';
import { wasi } from './wasi.ts';

type Functions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

async function bound(name: string, instance = new LoneInstance()): Promise<Functions> {
  // What generated code calls.
  return (await wasi.bind(`wasi:cli/${name}@0.2.6`, instance)) as Functions;
}

test('wasi:cli tells the environment that is granted, and nothing of this process', async () => {
  const granted = await bound('environment', new LoneInstance({ grants: { env: { LEVEL: 'info' } } }));
  assert.deepEqual(granted['getEnvironment']?.(), [['LEVEL', 'info']]);
  const { getEnvironment, getArguments, initialCwd } = await bound('environment');
  assert.deepEqual([getEnvironment?.(), getArguments?.(), initialCwd?.()], [[], [], undefined]);
});

test('wasi:cli has nothing on standard input', async () => {
  const { getStdin } = await bound('stdin');
  const stream = getStdin?.() as InputStream;
  assert.throws(() => stream.blockingRead(1n), { payload: { tag: 'closed' } });
});

test('wasi:cli joins what comes through several handles of one output into lines', async () => {
  const instance = new LoneInstance();
  const { getStdout } = await bound('stdout', instance);
  for (const piece of ['one ', 'line', '\n']) {
    const stream = getStdout?.() as OutputStream;
    await stream.blockingWriteAndFlush(Buffer.from(piece));
    stream[Symbol.dispose]();
  }
  assert.deepEqual(instance.lines, [{ level: 'info', context: 'stdout', text: 'one line' }]);
});

test('wasi:cli has no terminal', async () => {
  for (const name of ['stdin', 'stdout', 'stderr']) {
    const functions = await bound(`terminal-${name}`);
    for (const terminal of Object.values(functions)) assert.equal(terminal(), undefined);
  }
});

test('wasi:cli/exit throws a GuestExit that tells the status', async () => {
  const { exit, exitWithCode } = await bound('exit');
  const exits = (call: () => unknown, status: number): void =>
    assert.throws(call, (thrown) => thrown instanceof GuestExit && thrown.message.endsWith(`status ${status}`));
  exits(() => exit?.({ tag: 'ok' }), 0);
  exits(() => exit?.({ tag: 'err' }), 1);
  exits(() => exitWithCode?.(7), 7);
});
