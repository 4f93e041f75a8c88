import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GlueBoundary, MayNotLeave } from './glue-boundary.ts';

/** A module that exports a function which gives its argument back. */
const same = new WebAssembly.Instance(
  // prettier-ignore
  new WebAssembly.Module(
    Uint8Array.of(
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 10, 6, 1, 4, 0, 0x20, 0, 0x0b,
    ),
  ),
).exports['f'] as (value: number) => number;

test('GlueBoundary lets an import wait once the guest was entered in a way that lets it, and not before', async () => {
  const boundary = new GlueBoundary(100);
  let calls = 0;
  const wait = boundary.waiting(async (value: number) => (calls += value));
  assert.throws(() => wait(1), MayNotLeave);
  assert.equal(await boundary.promising(same)(7), 7);
  assert.equal(await wait(1), 1);
  assert.equal(calls, 1);
});

test('GlueBoundary lets no import wait while an allocator runs or an answer is freed', async () => {
  const boundary = new GlueBoundary(100);
  await boundary.promising(same)(0);
  const wait = boundary.waiting(async () => assert.fail());
  assert.throws(() => boundary.allocator(() => Number(wait()))(0, 0, 1, 1), MayNotLeave);
  assert.throws(() => boundary.postReturn(() => void wait())(0), MayNotLeave);
});

test('GlueBoundary gives addresses as they are from 2 GiB on', () => {
  assert.equal(new GlueBoundary(100).allocator(() => -16)(0, 0, 8, 16), 0xffff_fff0);
});

test('GlueBoundary encodes a text whole into the room that it takes, one that Node 26.10 cuts among them', () => {
  const { encoder } = new GlueBoundary(100);
  const text = Array.from(
    '1222000101310213333020000200132303122023120201101032200012310132223203113321310022213323101213202321' +
      '1222302311002103211013120220200012013300001222102011132200323020322123201122230201133201223012013000' +
      '2201121123221123201113211110111103210300233333321111310312332122212222101211320312013110212311311012' +
      '12122230212113121001122010111031323',
    (digit) => ['é', '本', '👍', 'a'][Number(digit)],
  ).join('');
  const bytes = Buffer.from(text);
  const room = new Uint8Array(bytes.length);
  // As generated code has it: decoded from bytes, and not joined of pieces.
  assert.deepEqual(encoder.encodeInto(bytes.toString(), room), { read: text.length, written: bytes.length });
  assert.equal(Buffer.compare(room, bytes), 0);
  assert.deepEqual(
    encoder.encodeInto('é本', new Uint8Array(4)),
    { read: 1, written: 2 },
    'what has no room is left out',
  );
});
