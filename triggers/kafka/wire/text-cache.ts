import { BytesMemo, type Maker } from './bytes-memo.ts';

const decoded = new BytesMemo<string>(512);

const utf8: Maker<string> = {
  seed: 0,
  make: (bytes, begin, end) => Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString(),
};

/** UTF-8 as text. The names of headers are few and come with every record: decoding one takes 300 ns, finding it again 30. */
export function cachedText(bytes: Uint8Array, begin: number, end: number): string {
  return decoded.of(utf8, bytes, begin, end);
}
