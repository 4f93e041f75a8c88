import type { CloudBinding } from '#trigger';

/** CloudEvents in messages of NATS (NATS protocol binding 1.0): values of `ce-` headers are percent-encoded as in the HTTP binding, 3.1.3.2. */
export const natsBinding: CloudBinding = {
  prefix: 'ce-',
  contentType: 'Content-Type',
  typeIsAttribute: true,
  read: percentDecoded,
  write: percentEncoded,
};

/** A stray % stands for itself. */
function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function percentEncoded(value: string): string {
  return value.toWellFormed().replaceAll(/[^\x21\x23\x24\x26-\x7e]+/gu, encodeURIComponent);
}
