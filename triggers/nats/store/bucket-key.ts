/**
 * A key of a bucket is part of a subject, made of letters, digits and `-_/=.`, with no dot at an end or beside another. Any text becomes one by
 * writing each byte that does not fit as `=XX`; the empty text is `=`.
 */
export function encodeKey(key: string): string {
  if (key === '') return '=';
  return key.toWellFormed().replaceAll(/^\.|(?<=\.)\.+|\.$|[^-/.\w]+/gu, bytesOf);
}

/** The opposite of `encodeKey`; a key that another program wrote stands for itself. */
export function decodeKey(encoded: string): string {
  if (encoded === '=') return '';
  try {
    return decodeURIComponent(encoded.replaceAll('=', '%'));
  } catch {
    return encoded;
  }
}

function bytesOf(characters: string): string {
  return Buffer.from(characters).toString('hex').toUpperCase().replaceAll(/../g, '=$&');
}
