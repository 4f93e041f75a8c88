/** Bytes for JSON and for the eye: text where they are UTF-8 (a byte order mark is part of it), else base64. */
export function readable(bytes: Uint8Array): string | { readonly base64: string } {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}
