import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildGuest } from '../../../integration/guests/build-guest.ts';
import { silentLogger } from '../../logger.ts';
import { directEntryIn } from './direct-entry.ts';
import { loadComponent } from '../load-component.ts';

// That a direct call does what the generated code does is shown by integration/pool/direct.test.ts; here, that code which is not exactly that of
// our contract is left to itself.

const ENTRY = 'sluice:event/handler@0.1.0';
const contract = {
  name: 'sluice:event/handler',
  entry: () => ENTRY,
  functionOf: (entry: string) => `${entry}#handle`,
};
const { glue } = await loadComponent(
  {
    name: 'echo',
    source: await buildGuest('echo'),
    contracts: [contract],
    provides: () => undefined,
    cacheDir: join(import.meta.dirname, '..', '..', '..', '.cache', 'components'),
    memoryBytes: 2 ** 24,
    log: silentLogger,
  },
  new AbortController().signal,
);

test('directEntryIn finds what the export of our contract is called with', () => {
  assert.deepEqual(directEntryIn(glue, ENTRY), {
    takes: 'one',
    waits: false,
    call: { core: 0, name: `${ENTRY}#handle` },
    memory: { core: 0, name: 'memory' },
    realloc: { core: 0, name: 'cabi_realloc' },
    postReturn: { core: 0, name: `cabi_post_${ENTRY}#handle` },
  });
});

const others: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'an event of another size': ['realloc0(0, 0, 8, 80)', 'realloc0(0, 0, 8, 88)'],
  'an event that is aligned otherwise': ['realloc0(0, 0, 8, 80)', 'realloc0(0, 0, 4, 80)'],
  'a field elsewhere': ['setInt32(ptr0 + 56, toUint32', 'setInt32(ptr0 + 60, toUint32'],
  'a number with a sign': ['toUint32(v1_6)', 'toInt32(v1_6)'],
  'a narrower number': ['setInt32(ptr0 + 56, toUint32(v1_6)', 'setInt16(ptr0 + 56, toUint16(v1_6)'],
  'a field of another name': ['subject: v1_2', 'topic: v1_2'],
  'text in another encoding': ['_utf8AllocateAndEncode(v1_0', '_utf16AllocateAndEncode(v1_0'],
  'an answer in another encoding': ['TEXT_DECODER_UTF8.decode(', 'TEXT_DECODER_UTF16.decode('],
  'messages of another size': ['* 48', '* 52'],
  'one more case of failures': ["tag: 'reject',", "tag: 'refuse',"],
  'two memories': ['setUint32(ptr0 + 4, len2, true)', 'setUint32(ptr0 + 4, len2, true), memory1'],
  'two allocators': ['_utf8AllocateAndEncode(v1_1, realloc0', '_utf8AllocateAndEncode(v1_1, realloc1'],
  'nothing to allocate with': ['realloc0 = $boundary.allocator(exports0.cabi_realloc);', 'realloc0 = none;'],
  'a memory that is bound twice': [
    'memory0 = exports0.memory;',
    'memory0 = exports0.memory;\nmemory0 = exports0.memory;',
  ],
  'an allocator that is not guarded': [
    'realloc0 = $boundary.allocator(exports0.cabi_realloc);',
    'realloc0 = wrapped(exports0.cabi_realloc);',
  ],
  'no such interface': [`'${ENTRY}': handler010`, `'sluice:event/handler@0.2.0': handler010`],
};

for (const [what, [from, to]] of Object.entries(others)) {
  test(`directEntryIn leaves code alone that has ${what}`, () => {
    assert.ok(glue.includes(from), `no ${from}`);
    assert.equal(
      directEntryIn(
        glue.replace(from, () => to),
        ENTRY,
      ),
      undefined,
    );
  });
}
