import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';

/** A certificate and its private key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** An authority of its own, with certificates for a server on `address` (of IPv4) and for a client. Good for an hour. */
export function certificates(address = '127.0.0.1'): {
  readonly ca: string;
  readonly server: Identity;
  readonly client: Identity;
} {
  const authority = keyPair();
  const ca = certificate('sluice test authority', authority.publicKey, 'sluice test authority', authority.privateKey, [
    extension('2.5.29.19', sequence(boolean(true))), // basicConstraints: an authority
  ]);
  const issue = (name: string): Identity => {
    const { publicKey, privateKey } = keyPair();
    const ip = tagged(0x87, Buffer.from(address.split('.').map(Number)));
    const cert = certificate(name, publicKey, 'sluice test authority', authority.privateKey, [
      extension('2.5.29.17', sequence(ip)), // subjectAltName
    ]);
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
  };
  return { ca, server: issue('server'), client: issue('client') };
}

function keyPair(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

const HOUR_MS = 3_600_000;
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

/** X.509 version 3 (RFC 5280, 4.1), signed with ECDSA. */
function certificate(
  subject: string,
  publicKey: KeyObject,
  issuer: string,
  issuerKey: KeyObject,
  extensions: readonly Buffer[],
): string {
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(Date.now() % 2 ** 31),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(time(Date.now() - HOUR_MS), time(Date.now() + HOUR_MS)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuerKey);
  const der = sequence(body, ecdsaWithSha256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return new X509Certificate(der).toString();
}

function commonName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(name)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), tagged(0x04, value));
}

function time(ms: number): Buffer {
  return tagged(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`));
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]));
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return tagged(0x02, (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** DER: tag, length, content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
