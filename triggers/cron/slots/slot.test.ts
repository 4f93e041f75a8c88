import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packSlot, unpackSlot } from './slot.ts';

const slot = { id: 'manual-1', time: 1_000, run: 'manual' } as const;

test('unpackSlot gives what packSlot was given, bytes and line feeds too', () => {
  const full = { ...slot, data: Uint8Array.of(0, 10, 255, 10), contentType: 'x/y', headers: [['a', 'b\nc']] as const };
  const { data, ...rest } = unpackSlot(packSlot(full));
  assert.deepEqual({ ...rest, data: Uint8Array.from(data ?? []) }, full);
});

test('unpackSlot keeps no data apart from empty data', () => {
  assert.deepEqual(unpackSlot(packSlot(slot)), slot);
  assert.equal(unpackSlot(packSlot({ ...slot, data: new Uint8Array() })).data?.length, 0);
});

test('packSlot keeps of a run that has ended that it was, not what it carried', () => {
  assert.deepEqual(unpackSlot(packSlot({ ...slot, data: Buffer.from('secret') }, 2_000)), { ...slot, endedAt: 2_000 });
});
