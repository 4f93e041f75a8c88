import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MalformedWasm, WasmReader } from './wasm-reader.ts';

const reader = (...bytes: number[]): WasmReader => new WasmReader(Uint8Array.from(bytes));

test('WasmReader reads numbers of one and of many bytes', () => {
  assert.equal(reader(0x05).u32(), 5);
  assert.equal(reader(0xe5, 0x8e, 0x26).u32(), 624_485);
  assert.equal(reader(0xff, 0xff, 0xff, 0xff, 0x0f).u32(), 0xffff_ffff);
  assert.equal(reader(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01).u64(), 2n ** 64n - 1n);
});

test('WasmReader refuses numbers that are too large or never end', () => {
  assert.throws(() => reader(0xff, 0xff, 0xff, 0xff, 0x1f).u32(), MalformedWasm);
  assert.throws(() => new WasmReader(new Uint8Array(100).fill(0x80)).u64(), MalformedWasm);
});

test('WasmReader skips negative numbers', () => {
  const at = reader(0xc0, 0xbb, 0x78, 0x07);
  at.skipNumber();
  assert.equal(at.byte(), 7);
});

test('WasmReader refuses to read past the end of what it was given, even when there are more bytes', () => {
  const inner = new WasmReader(Uint8Array.of(1, 2, 3, 4), 1, 3);
  assert.deepEqual([inner.byte(), inner.byte()], [2, 3]);
  assert.ok(inner.done);
  assert.throws(() => inner.byte(), MalformedWasm);
  assert.throws(() => new WasmReader(Uint8Array.of(1, 2, 3, 4), 1, 3).take(3), MalformedWasm);
});

test('WasmReader refuses a name that is not UTF-8', () => {
  assert.equal(reader(2, 0xc3, 0xa9).name(), 'é');
  assert.throws(() => reader(2, 0xc3, 0x28).name(), { message: 'a name is not UTF-8, before byte 3' });
});

test('WasmReader yields each section with its place, and refuses one that is longer than the rest', () => {
  const sections = [...reader(1, 2, 0xaa, 0xbb, 7, 0).sections()];
  assert.deepEqual(
    sections.map(({ id, start, content }) => [id, start, content.at, content.end]),
    [
      [1, 0, 2, 4],
      [7, 4, 6, 6],
    ],
  );
  assert.throws(() => [...reader(1, 3, 0xaa, 0xbb).sections()], MalformedWasm);
});
