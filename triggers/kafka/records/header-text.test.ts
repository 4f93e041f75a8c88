import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaHeaders, textHeaderOf, textHeaders } from './header-text.ts';

const url = 'data:application/octet-stream;base64,';

function textOf(value: Uint8Array | null): string {
  return textHeaders([['h', value]])[0]?.[1] ?? '';
}

function returned(value: Uint8Array | null): Uint8Array | null | undefined {
  const [header] = kafkaHeaders(textHeaders([['h', value]]));
  return header?.[1] && Uint8Array.from(header[1]);
}

test('header values that are UTF-8 are text as they are: with a byte order mark, with nothing, with a data URL of another type', () => {
  for (const text of ['', 'Grüße, 世界 🌊', '\ufeffx', 'data:text/plain,x', 'data:;base64,AA==']) {
    assert.equal(textOf(Buffer.from(text)), text);
  }
});

test('header values that are no text are data URLs; null is an empty one', () => {
  assert.equal(textOf(new Uint8Array([0xff, 0x00])), `${url}/wA=`);
  assert.equal(textOf(null), url);
  assert.equal(textHeaderOf([['Content-Type', url]], 'content-type'), undefined);
  assert.equal(textHeaderOf([['Content-Type', 'a/b']], 'content-type'), 'a/b');
});

test('header text that only looks like bytes stands for itself', () => {
  for (const text of [`${url}!`, `${url}/wA`, `${url}/wA==`, `${url} /wA=`]) {
    assert.deepEqual(kafkaHeaders([['h', text]]), [['h', Buffer.from(text)]]);
  }
});

test('whatever the bytes of a header are, they come back', () => {
  assert.equal(returned(null), null);
  for (const value of awkwardValues()) assert.deepEqual(returned(value), value);
});

/** Every byte, every pair that begins like UTF-8, our own prefix with anything behind it, and cut short; a few thousand. */
function* awkwardValues(): Generator<Uint8Array> {
  for (let byte = 0; byte < 256; byte += 1) {
    yield Uint8Array.of(byte);
    for (let next = 0; next < 256; next += 17) yield Uint8Array.of(byte, next, 0x80);
    yield Uint8Array.from([...Buffer.from(url), byte]);
    yield Uint8Array.from([byte, ...Buffer.from(url)]);
  }
  for (let length = 0; length <= url.length; length += 1) yield Uint8Array.from(Buffer.from(url.slice(0, length)));
  for (const behind of ['', 'AA==', 'AA', url, '\0', ' ']) yield Uint8Array.from(Buffer.from(url + behind));
}

test('header names and their order are kept, with repeated ones', () => {
  const headers = [
    ['B', 'x'],
    ['a', 'y'],
    ['B', 'z'],
    ['__proto__', ''],
    ['1', ''],
  ] as const;
  assert.deepEqual(textHeaders(kafkaHeaders(headers)), headers);
});
