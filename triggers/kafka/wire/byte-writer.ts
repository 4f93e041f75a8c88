/** Writes Kafka's protocol into a buffer of a size that is known in advance. */
export class ByteWriter {
  readonly bytes: Buffer;
  position = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  int8(value: number): void {
    this.position = this.bytes.writeInt8(value, this.position);
  }

  int16(value: number): void {
    this.position = this.bytes.writeInt16BE(value, this.position);
  }

  int32(value: number): void {
    this.position = this.bytes.writeInt32BE(value, this.position);
  }

  uint32(value: number): void {
    this.position = this.bytes.writeUInt32BE(value, this.position);
  }

  int64(value: bigint): void {
    this.position = this.bytes.writeBigInt64BE(value, this.position);
  }

  varint(value: number): void {
    let raw = ((value << 1) ^ (value >> 31)) >>> 0;
    for (; raw >= 0x80; raw >>>= 7) this.bytes[this.position++] = (raw & 0x7f) | 0x80;
    this.bytes[this.position++] = raw;
  }

  /** A signed number of at most 53 bits. */
  varlong(value: number): void {
    let raw = value < 0 ? -value * 2 - 1 : value * 2;
    for (; raw >= 0x80; raw = Math.floor(raw / 0x80)) this.bytes[this.position++] = (raw % 0x80) | 0x80;
    this.bytes[this.position++] = raw;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.position);
    this.position += bytes.byteLength;
  }

  /** Bytes with a varint length before them; -1 for null. */
  varBytes(bytes: Uint8Array | null): void {
    this.varint(bytes?.byteLength ?? -1);
    if (bytes !== null) this.raw(bytes);
  }

  text(text: string): void {
    this.position += this.bytes.write(text, this.position);
  }

  /** Text with a length of two bytes before it; -1 for null. */
  string(text: string | null): void {
    this.int16(text === null ? -1 : Buffer.byteLength(text));
    if (text !== null) this.text(text);
  }
}

export function varintSize(value: number): number {
  let raw = ((value << 1) ^ (value >> 31)) >>> 0;
  let size = 1;
  for (; raw >= 0x80; raw >>>= 7) size++;
  return size;
}

export function varlongSize(value: number): number {
  let raw = value < 0 ? -value * 2 - 1 : value * 2;
  let size = 1;
  for (; raw >= 0x80; raw = Math.floor(raw / 0x80)) size++;
  return size;
}
