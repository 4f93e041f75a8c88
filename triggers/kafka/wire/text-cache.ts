const SLOTS = 512;
const LONGEST = 64;

interface Entry {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const entries = Array.from<Entry | undefined>({ length: SLOTS });

/**
 * UTF-8 as text. The names of headers are few and come with every record: decoding one takes 300 ns, finding it again 30. A name
 * that falls on the place of another takes it over, so the cache stays small whatever comes.
 */
export function cachedText(bytes: Uint8Array, begin: number, end: number): string {
  const length = end - begin;
  if (length > LONGEST) return decode(bytes, begin, end);
  let hash = length;
  for (let at = begin; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const entry = entries[slot];
  if (entry !== undefined && isAt(entry.bytes, bytes, begin, length)) return entry.text;
  const text = decode(bytes, begin, end);
  // A copy, so that it does not keep what was fetched.
  entries[slot] = { bytes: new Uint8Array(bytes.subarray(begin, end)), text };
  return text;
}

function isAt(wanted: Uint8Array, bytes: Uint8Array, begin: number, length: number): boolean {
  if (wanted.byteLength !== length) return false;
  for (let n = 0; n < length; n++) if (wanted[n] !== bytes[begin + n]) return false;
  return true;
}

function decode(bytes: Uint8Array, begin: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString();
}
