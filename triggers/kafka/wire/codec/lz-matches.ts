/** Both formats reach back at most 65,535 bytes, so blocks are not longer. */
export const BLOCK_SIZE = 65_536;

const HASH_BITS = 13;
const slots = new Uint16Array(2 ** HASH_BITS);

/** One step of Lempel-Ziv: bytes as they are, from `literals` to `at`; then `length` bytes that were `distance` before. */
export type Emit = (literals: number, at: number, distance: number, length: number) => void;

/**
 * Finds what repeats in one block of at most `BLOCK_SIZE` bytes, greedily, and returns where the bytes begin that are left over at its end.
 * No match begins at or after `lastStart`, and none goes beyond `lastEnd`, since LZ4 wants the end of a block as it is.
 */
export function findMatches(block: Uint8Array, lastStart: number, lastEnd: number, emit: Emit): number {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  slots.fill(0);
  let literals = 0;
  // Position 0 stands for an empty slot, so it is never found again.
  let at = 1;
  while (at < lastStart) {
    const four = view.getInt32(at);
    const slot = Math.imul(four, 0x9e3779b1) >>> (32 - HASH_BITS);
    const earlier = slots[slot]!;
    slots[slot] = at;
    if (earlier === 0 || view.getInt32(earlier) !== four) {
      // The longer nothing repeats, the longer the steps.
      at += 1 + ((at - literals) >> 6);
      continue;
    }
    let length = 4;
    while (at + length < lastEnd && block[earlier + length] === block[at + length]) length++;
    emit(literals, at, at - earlier, length);
    at += length;
    literals = at;
  }
  return literals;
}
