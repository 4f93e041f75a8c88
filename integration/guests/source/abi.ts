// What the canonical ABI asks of every guest beside its handler.

/** Everything of one call lives in the arena: what the host lowers through here, and what the guest allocates itself. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size == 0) return align;
  return old == 0 ? heap.alloc(size) : heap.realloc(old, size);
}

/** The host has read the answer: the arena is empty again, and memory doesn't grow however long the guest runs. */
export function postReturn(answer: usize): void {
  heap.reset();
}
