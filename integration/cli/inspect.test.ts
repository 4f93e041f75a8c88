import assert from 'node:assert/strict';
import test from 'node:test';
import { buildGuest } from '../guests/build-guest.ts';
import { registerInspect } from '../../src/cli/commands/inspect.ts';
import { CommandLine } from '../../src/cli/testing/command-line.ts';

test('inspect prints what a component exports, imports and needs', async () => {
  const guest = await buildGuest('counts');
  using line = new CommandLine();
  const { exitCode, stdout, stderr } = await line.run([registerInspect], ['inspect', guest]);
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, /^ {2}contract {2}sluice:event\/handler$/m);
  assert.match(stdout, /^ {2}calls {5}may wait for an import/m);
  assert.match(stdout, /^ {2}path {6}events are handed over directly$/m);
  assert.match(stdout, /^ {2}grants {4}allow\.keyvalue$/m);
  assert.match(stdout, /^ {4}wasi:keyvalue\/store@\S+ {2}\(allow\.keyvalue\)$/m);
});

test('inspect tells types, who made a component, and what it imports in vain', async () => {
  const guest = await buildGuest('stranger');
  using line = new CommandLine();
  const { exitCode, stdout } = await line.run([registerInspect], ['inspect', guest]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^ {2}made by {3}.*wit-component /m);
  assert.match(stdout, /^ {6}handle: func\(event: event\) -> result<list<message>, failure>$/m);
  assert.match(stdout, /^ {4}acme:weather\/forecast@1\.2\.3 {2}\(not provided: it fails when it is called\)$/m);
  assert.match(stdout, /^ {6}temperature: func\(\) -> u32$/m);
});

test('inspect tells what a component may publish while it runs, and what becomes of it', async () => {
  using line = new CommandLine();
  const { exitCode, stdout } = await line.run([registerInspect], ['inspect', await buildGuest('contracts/publisher')]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^ {2}calls {5}may wait for an import/m);
  assert.match(stdout, /^ {2}grants {4}allow\.publish\n {12}what it publishes while it runs stays when its call /m);
  assert.match(stdout, /^ {4}wasi:messaging\/producer@0\.2\.0-draft {2}\(allow\.publish\)$/m);
  assert.match(stdout, /^ {4}wasmcloud:messaging\/consumer@0\.2\.0 {2}\(allow\.publish; request fails: /m);
});

test('inspect tells what a contract cannot hand over', async () => {
  using line = new CommandLine();
  const { exitCode, stdout } = await line.run([registerInspect], ['inspect', await buildGuest('contracts/spin-redis')]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^ {2}contract {2}fermyon:spin\/inbound-redis\n {12}it cannot hand over: a subject, headers, /m);
});

test('inspect ends with 4 when a component cannot be run', async () => {
  using line = new CommandLine();
  const { exitCode, stdout } = await line.run([registerInspect], ['inspect', await buildGuest('silent')]);
  assert.equal(exitCode, 4);
  assert.match(stdout, /^ {2}contract {2}none that Sluice knows: it cannot be run$/m);
});

test('inspect --json prints the same as data', async () => {
  const guest = await buildGuest('echo');
  using line = new CommandLine();
  const { stdout } = await line.run([registerInspect], ['inspect', guest, '--json']);
  const { contract, imports, suspends, callPath } = JSON.parse(stdout);
  assert.deepEqual(
    { contract, imports, suspends, callPath },
    { contract: 'sluice:event/handler', imports: [], suspends: false, callPath: 'direct' },
  );
});

test('inspect ends with 4 when there is nothing to look at', async () => {
  using line = new CommandLine({ 'text.wasm': 'hello' });
  const { exitCode, stdout, stderr } = await line.run([registerInspect], ['inspect', 'text.wasm']);
  assert.deepEqual([exitCode, stdout], [4, '']);
  assert.match(stderr, /^error SLU2002: .*\n {2}in: text\.wasm\n/);
});
