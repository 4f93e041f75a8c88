import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readComponentFile } from './component-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'sluice-component-file-'));
after(() => rm(folder, { recursive: true }));
const never = new AbortController().signal;

async function reading(name: string, content: Uint8Array | string): Promise<unknown> {
  const path = join(folder, name);
  await writeFile(path, content);
  return readComponentFile(path, { file: path }, never);
}

test('readComponentFile gives the bytes and their SHA-256', async () => {
  const bytes = Buffer.from('0061736d0d000100', 'hex');
  assert.deepEqual(await reading('good.wasm', bytes), {
    bytes,
    digest: createHash('sha256').update(bytes).digest('hex'),
    isCore: false,
  });
});

test('readComponentFile says what is wrong with a file that is no component', async () => {
  const cases: Readonly<Record<string, readonly [content: Uint8Array | string, message: string]>> = {
    'empty.wasm': ['', 'wanted a WebAssembly component, got an empty file'],
    'short.wasm': [Buffer.from('0061736d0d00', 'hex'), 'wanted a WebAssembly component, got a truncated file'],
    'text.wat': ['(component)', 'wanted a WebAssembly component, got a file that is not WebAssembly'],
    'draft.wasm': [
      Buffer.from('0061736d0c000100', 'hex'),
      'wanted a WebAssembly component, got a component of a draft of 2023 (version 0x0c)',
    ],
    'new.wasm': [
      Buffer.from('0061736d0e000100', 'hex'),
      'wanted a WebAssembly component, got WebAssembly of an unknown version (0e000100)',
    ],
  };
  for (const [name, [content, message]] of Object.entries(cases)) {
    await assert.rejects(reading(name, content), { code: 'SLU2002', message }, name);
  }
});

test('readComponentFile refuses 100 MB of garbage by its first bytes', async () => {
  const path = join(folder, 'garbage.wasm');
  {
    await using file = await open(path, 'w');
    await file.write('garbage');
    await file.truncate(100_000_000);
  }
  const before = process.memoryUsage().arrayBuffers;
  await assert.rejects(readComponentFile(path, { file: path }, never), { code: 'SLU2002' });
  assert.ok(process.memoryUsage().arrayBuffers - before < 10_000_000, 'the file was not read');
});

test('readComponentFile refuses what is missing, and what is no file', async () => {
  const missing = join(folder, 'missing.wasm');
  await assert.rejects(readComponentFile(missing, { component: 'enrich', file: missing }, never), {
    code: 'SLU2001',
    place: { component: 'enrich', file: missing },
    fix: `check that it is there: ls -l ${missing}`,
  });
  await assert.rejects(readComponentFile(folder, { file: folder }, never), {
    code: 'SLU2001',
    message: "the component can't be read: it is a folder",
  });
});
