/**
 * Encodes any text as a key of a bucket. A key is part of a subject: letters, digits and `-_/=.`, without a dot at an end or beside another. Every
 * other byte becomes `=XX`; the empty text becomes `=`.
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
