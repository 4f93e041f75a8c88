import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MalformedValue } from '../../../component/glue/glue-boundary.ts';
import { GuestMemory, type Realloc } from './guest-memory.ts';

const GIB = 2 ** 30;
const PAGE = 65_536;

/** Pages are not there before something is written to them. */
function guestOf(bytes: number, realloc: Realloc): GuestMemory {
  return new GuestMemory(new WebAssembly.Memory({ initial: bytes / PAGE }), realloc);
}

test('GuestMemory takes addresses above 2 GiB for what they are, though they come as negative numbers', () => {
  const at = 2 * GIB + 64;
  const guest = guestOf(2 * GIB + PAGE, () => at | 0);
  const text = Buffer.from('grüße, and more than a handful of letters');
  assert.equal(guest.allocate(8, text.length), at);
  guest.write(at, text, 0, text.length);
  guest.write(at + text.length, text, 0, 3);
  assert.equal(guest.text(at, text.length, 'it'), text.toString());
  assert.equal(guest.text(at + text.length, 2, 'it'), 'gr');
  assert.deepEqual(Buffer.from(guest.data(at, text.length)), text);
  assert.throws(() => guest.checkRows(at, 2 ** 28, 16, 4, 'headers'), MalformedValue);
});

test('GuestMemory refuses room that is not aligned, or not there', () => {
  for (const at of [4, PAGE - 8, -8]) {
    assert.throws(() => guestOf(PAGE, () => at).allocate(8, 16), MalformedValue);
  }
  assert.equal(guestOf(PAGE, () => PAGE - 16).allocate(8, 16), PAGE - 16);
});

test('GuestMemory follows a memory that grows while room is asked for', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const guest = new GuestMemory(memory, () => memory.grow(1) * PAGE);
  const at = guest.allocate(8, 3);
  guest.write(at, Buffer.from('abc'), 0, 3);
  assert.equal(Buffer.from(memory.buffer, at, 3).toString(), 'abc');
});

test('GuestMemory keeps a byte order mark, and refuses text that is not UTF-8', () => {
  const guest = guestOf(PAGE, () => 0);
  const marked = Buffer.from('\ufeffx');
  guest.write(0, marked, 0, marked.length);
  assert.equal(guest.text(0, marked.length, 'it'), '\ufeffx');
  assert.throws(() => guest.text(0, 2, 'it'), MalformedValue);
  assert.equal(guest.textStart(0, 2, 'it'), '');
});
