import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../testing/otlp-messages.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

const writer = new ProtobufWriter();
const read = (kind: 'string' | 'hex' | 'varint' | 'fixed32' | 'fixed64' | 'double'): unknown =>
  decode(Buffer.from(writer.take()), { 1: { name: 'it', kind } })['it'];

test('ProtobufWriter writes strings of any length and script', () => {
  const strings = [
    '',
    'plain',
    'é'.repeat(42),
    'é'.repeat(43),
    'x'.repeat(127),
    'x'.repeat(128),
    '\u{1F680}',
    '日本'.repeat(99),
  ];
  for (const text of [...strings, 'x'.repeat(300_000)]) {
    writer.string(0x0a, text);
    assert.equal(read('string'), text);
  }
});

test('ProtobufWriter writes whole numbers up to the largest safe one', () => {
  for (const value of [0, 1, 127, 128, 16_383, 16_384, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    writer.varint(0x08, value);
    assert.equal(read('varint'), value);
  }
});

test('ProtobufWriter writes hex digits as bytes', () => {
  writer.hex(0x0a, '00f067aa0ba902b7ffee');
  assert.equal(read('hex'), '00f067aa0ba902b7ffee');
});

test('ProtobufWriter writes doubles and 32-bit numbers', () => {
  writer.double(0x09, -0.1);
  assert.equal(read('double'), -0.1);
  writer.fixed32(0x0d, 0xfffffffe);
  assert.equal(read('fixed32'), 0xfffffffe);
});

test('ProtobufWriter writes milliseconds as nanoseconds, exact to the microsecond', () => {
  for (const ms of [0, 0.001, 1, 4_294.967, 4_294.968, 1_795_331_605_946.214, 4_102_444_800_000.999]) {
    writer.nanoseconds(0x09, ms);
    assert.equal(read('fixed64'), String(BigInt(Math.round(ms * 1000)) * 1000n));
  }
});

test('ProtobufWriter writes nested messages whose length is known afterwards', () => {
  for (const [bytes, size] of [
    [1, 1],
    [127, 1],
    [1, 4],
    [200, 4],
    [70_000, 4],
  ] as const) {
    const start = writer.open(0x0a, size);
    writer.encoded(new Uint8Array(bytes));
    writer.close(start, size);
    assert.equal(read('hex'), '00'.repeat(bytes));
  }
});
