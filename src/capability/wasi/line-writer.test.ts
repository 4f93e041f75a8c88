import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneInstance } from '../testing/lone-instance.ts';
import { LineWriter } from './line-writer.ts';

function opened(): { instance: LoneInstance; write: (text: string) => void; texts: () => string[] } {
  const instance = new LoneInstance();
  const writer = new LineWriter(instance, 'info', 'stdout');
  return {
    instance,
    write: (text) => writer.write(Buffer.from(text)),
    texts: () => instance.lines.map((line) => line.text),
  };
}

test('LineWriter passes on each line when it ends, however it was written', () => {
  const { write, texts } = opened();
  write('one\ntwo\r\nthr');
  assert.deepEqual(texts(), ['one', 'two']);
  write('ee\n\n');
  assert.deepEqual(texts(), ['one', 'two', 'three', '']);
});

test('LineWriter passes on a line without an end when the call ends, and only then', () => {
  const { instance, write, texts } = opened();
  write('half');
  assert.deepEqual(texts(), []);
  instance.endCall();
  assert.deepEqual(texts(), ['half']);
  instance.endCall();
  write('next call\n');
  assert.deepEqual(texts(), ['half', 'next call']);
});

test('LineWriter puts together a character whose bytes come apart', () => {
  const instance = new LoneInstance();
  const writer = new LineWriter(instance, 'info', 'stdout');
  const bytes = Buffer.from('grün\n');
  for (const byte of bytes) writer.write(Uint8Array.of(byte));
  assert.deepEqual(instance.lines, [{ level: 'info', context: 'stdout', text: 'grün' }]);
});

test('LineWriter replaces bytes that are not UTF-8', () => {
  const instance = new LoneInstance();
  new LineWriter(instance, 'info', 'stdout').write(Uint8Array.of(0x61, 0xff, 0x0a));
  assert.equal(instance.lines[0]?.text, 'a\u{fffd}');
});

test('LineWriter passes on a long line in pieces, with or without an end', () => {
  const { write, texts } = opened();
  write('x'.repeat(10_000));
  assert.deepEqual(
    texts().map((text) => text.length),
    [4096, 4096],
  );
  write(`${'x'.repeat(4096)}\n`);
  assert.equal(texts().join(''), 'x'.repeat(14_096));
  assert.ok(texts().every((text) => text.length <= 4096));
});
