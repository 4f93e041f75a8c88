let sum = 0;

/** What the guest `accepts` does, as a plain JavaScript function: FNV-1a over each byte. */
export function plainWork(data: Uint8Array): void {
  let hash = 0x811c9dc5;
  for (const byte of data) hash = Math.imul(hash ^ byte, 0x01000193);
  sum ^= hash;
}

/** Looked at, so that the compiler can't leave the work out. */
export function plainSum(): number {
  return sum;
}
