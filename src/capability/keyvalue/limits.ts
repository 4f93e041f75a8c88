import { WitError } from '../capability.ts';

/** `error` of wasi:keyvalue/store. */
export type StoreError =
  | { readonly tag: 'no-such-store' }
  | { readonly tag: 'access-denied' }
  | { readonly tag: 'other'; readonly val: string };

/** The same error whether or not the store exists: a guest without the grant must not find out. */
export function accessDenied(): WitError<StoreError> {
  return new WitError({ tag: 'access-denied' });
}

export function otherError(reason: string): WitError<StoreError> {
  return new WitError({ tag: 'other', val: reason });
}

/** Longest key, in bytes of UTF-8; the shortest has one. */
const MOST_KEY_BYTES = 1024;
/** Largest value, in bytes. */
const MOST_VALUE_BYTES = 1024 * 1024;
/** Limits of one batch: entries, and bytes of all their values. */
const MOST_ENTRIES = 1000;
export const MOST_BATCH_BYTES = 16 * 1024 * 1024;

/** Returns the key if it is valid. */
export function checkedKey(key: string): string {
  const bytes = key.length > MOST_KEY_BYTES ? key.length : Buffer.byteLength(key);
  if (bytes === 0 || bytes > MOST_KEY_BYTES) throw otherError(`a key has 1 to ${MOST_KEY_BYTES} bytes, got ${bytes}`);
  // SQLite ends a text at U+0000.
  if (key.includes('\0')) throw otherError('a key may not contain U+0000');
  return key;
}

export function checkedKeys(keys: readonly string[]): readonly string[] {
  checkCount(keys.length);
  return keys.map(checkedKey);
}

function checkCount(entries: number): void {
  if (entries > MOST_ENTRIES) throw otherError(`a batch has at most ${MOST_ENTRIES} entries, got ${entries}`);
}

export function checkedValue(value: Uint8Array): Uint8Array {
  const bytes = value.length;
  if (bytes > MOST_VALUE_BYTES) throw otherError(`a value has at most ${MOST_VALUE_BYTES} bytes, got ${bytes}`);
  return value;
}

export type Entry = readonly [key: string, value: Uint8Array];

export function checkedEntries(entries: readonly Entry[]): readonly Entry[] {
  checkCount(entries.length);
  for (const [key] of entries) checkedKey(key);
  let bytes = 0;
  for (const [, value] of entries) bytes += checkedValue(value).length;
  if (bytes > MOST_BATCH_BYTES) throw otherError(`a batch has at most ${MOST_BATCH_BYTES} bytes, got ${bytes}`);
  return entries;
}

/** Checks the size of all values that one call reads. */
export function checkedTotal(bytes: number): void {
  if (bytes > MOST_BATCH_BYTES)
    throw new Error(`${MOST_BATCH_BYTES} bytes may be got at once, and these values have ${bytes}`);
}
