import type { OpenFile } from './open-file.ts';
import type { ByteSink, ByteSource } from './streams.ts';

/** Reads a file from `offset` on, and keeps it open for as long. */
export function readingFrom(file: OpenFile, offset: bigint): ByteSource {
  file.held();
  let at = offset;
  return {
    read: (most) => {
      const bytes = file.read(most, at);
      at += BigInt(bytes.length);
      return bytes.length === 0 && most > 0 ? undefined : bytes;
    },
    close: () => file.letGo(),
  };
}

/** Writes a file from `offset` on. */
export function writingFrom(file: OpenFile, offset: bigint): ByteSink {
  file.held();
  let at = offset;
  return {
    write: (bytes) => {
      file.write(bytes, at);
      at += BigInt(bytes.length);
    },
    close: () => file.letGo(),
  };
}

/** Writes where the file ends at that moment. */
export function appendingTo(file: OpenFile): ByteSink {
  file.held();
  return {
    write: (bytes) => file.write(bytes, file.stats().size),
    close: () => file.letGo(),
  };
}
