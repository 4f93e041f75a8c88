import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grantFor } from './grant-for.ts';

test('grantFor tells the key of the manifest that decides what an import reaches', () => {
  const keys = {
    'wasi:keyvalue/store@0.2.0-draft': 'allow.keyvalue',
    'wasi:config/store@0.2.0-draft': 'config',
    'wasi:filesystem/types@0.2.6': 'allow.files',
    'wasi:cli/environment@0.2.6': 'allow.env',
    'fermyon:spin/key-value@2.0.0': 'allow.keyvalue',
    'fermyon:spin/config': 'config',
    'wasi:http/outgoing-handler@0.2.6': 'allow.http',
  };
  for (const [importName, key] of Object.entries(keys)) assert.equal(grantFor(importName), key);
});

test('grantFor tells nothing of imports that need no grant', () => {
  for (const free of ['wasi:cli/stdout@0.2.6', 'wasi:io/poll@0.2.6', 'wasi:logging/logging@0.1.0-draft']) {
    assert.equal(grantFor(free), undefined);
  }
});
