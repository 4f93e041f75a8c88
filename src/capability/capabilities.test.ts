import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComponentOutline } from '../component/component-outline.ts';
import { grantFor, provides, providesFor } from './capabilities.ts';

const block = '[method]pollable.block';

function outline(
  imports: readonly string[],
  called: readonly string[],
  exports: readonly string[] = [],
): ComponentOutline {
  return { imports, exports, called: new Set(called) };
}

test('provides knows every release of WASI 0.2, and no other version', () => {
  for (const version of ['0.2.0', '0.2.6', '0.2.12', '0.2.99'])
    assert.ok(provides(`wasi:cli/stdout@${version}`), version);
  for (const version of ['0.1.0', '0.2.0-rc-2023-11-10', '0.3.0']) {
    assert.equal(provides(`wasi:cli/stdout@${version}`), undefined, version);
  }
  assert.equal(provides('wasi:cli/stdout'), undefined);
  assert.equal(provides('wasi:cli/no-such-interface@0.2.0'), undefined);
  assert.equal(provides('acme:weather/forecast@1.2.3'), undefined);
});

test('provides knows the drafts that components are built for', () => {
  const drafts = [
    'wasi:config/store@0.2.0-draft',
    'wasi:config/store@0.2.0-rc.1',
    'wasi:config/store@0.2.0-draft-2024-09-27',
    'wasi:logging/logging@0.1.0-draft',
    'wasi:keyvalue/store@0.2.0-draft',
    'wasi:keyvalue/atomics@0.2.0-draft2',
    'wasi:keyvalue/batch@0.2.0-draft2',
  ];
  for (const draft of drafts) assert.ok(provides(draft), draft);
  assert.equal(provides('wasi:keyvalue/store@0.3.0'), undefined);
  assert.equal(provides('wasi:keyvalue/watcher@0.2.0-draft'), undefined);
});

test('provides lets waiting suspend in a component that may wait on a clock', () => {
  const poll = 'wasi:io/poll@0.2.6';
  const imports = [poll, 'wasi:clocks/monotonic-clock@0.2.6'];
  assert.deepEqual(provides(poll, outline(imports, [block, 'subscribe-duration']))?.suspends, ['poll', block]);
  assert.deepEqual(provides(poll, outline(imports, [block, 'now']))?.suspends, []);
});

test('provides keeps a QuickJS component out of JSPI unless its script imports the clock', () => {
  const poll = 'wasi:io/poll@0.2.12';
  const imports = [poll, 'wasi:clocks/monotonic-clock@0.2.12'];
  const exports = ['init', 'sluice:event/handler@0.1.0'];
  const forLibc = [block, 'poll', 'now', 'subscribe-duration'];
  assert.deepEqual(provides(poll, outline(imports, forLibc, exports))?.suspends, []);
  assert.deepEqual(provides(poll, outline(imports, [...forLibc, 'subscribe-instant'], exports))?.suspends, [
    'poll',
    block,
  ]);
});

test('provides lets waiting suspend where something else suspends anyway', () => {
  const poll = 'wasi:io/poll@0.2.12';
  const store = 'wasi:keyvalue/store@0.2.0-draft';
  const get = '[method]bucket.get';
  assert.deepEqual(provides(poll, outline([poll, store], ['poll', get]))?.suspends, ['poll', block]);
  assert.deepEqual(provides(poll, outline([poll, store], ['poll', 'open']))?.suspends, []);
  assert.deepEqual(provides(poll, outline([poll, 'wasi:io/poll@0.2.0'], ['poll']))?.suspends, []);
});

test('provides lets publishing suspend where an output is granted, and tells which grant is missing where none is', () => {
  const granted = providesFor({ http: [], publish: { out: ['a'] } });
  for (const [importName, functionName] of [
    ['wasi:messaging/producer@0.2.0-draft', 'send'],
    ['wasmcloud:messaging/consumer@0.2.0', 'publish'],
  ] as const) {
    assert.deepEqual(granted(importName)?.suspends, [functionName]);
    assert.deepEqual(provides(importName), { suspends: [], withheld: 'allow.publish' });
    const poll = 'wasi:io/poll@0.2.12';
    assert.deepEqual(granted(poll, outline([poll, importName], ['poll', functionName]))?.suspends, ['poll', block]);
    assert.deepEqual(provides(poll, outline([poll, importName], ['poll', functionName]))?.suspends, []);
  }
});

test('grantFor tells the key of the manifest that decides what an import reaches', () => {
  const keys = {
    'wasi:keyvalue/store@0.2.0-draft': 'allow.keyvalue',
    'wasi:config/store@0.2.0-draft': 'config',
    'wasi:filesystem/types@0.2.6': 'allow.files',
    'wasi:cli/environment@0.2.6': 'allow.env',
    'fermyon:spin/key-value@2.0.0': 'allow.keyvalue',
    'fermyon:spin/config': 'config',
    'wasi:http/outgoing-handler@0.2.6': 'allow.http',
    'wasi:messaging/producer@0.2.0-draft': 'allow.publish',
    'wasmcloud:messaging/producer@0.3.0': 'allow.publish',
    'wasmcloud:messaging/consumer@0.2.0': 'allow.publish',
    'fermyon:spin/redis': 'allow.publish',
    'fermyon:spin/redis@2.0.0': 'allow.publish',
    'fermyon:spin/mqtt@2.0.0': 'allow.publish',
  };
  for (const [importName, key] of Object.entries(keys)) assert.equal(grantFor(importName), key);
});

test('grantFor tells nothing of imports that need no grant', () => {
  for (const free of [
    'wasi:messaging/types@0.2.0-draft',
    'wasi:cli/stdout@0.2.6',
    'wasi:io/poll@0.2.6',
    'wasi:logging/logging@0.1.0-draft',
  ]) {
    assert.equal(grantFor(free), undefined);
  }
});
