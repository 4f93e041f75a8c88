const POLYNOMIAL = 0x82f63b78;
const tables = slices();

/**
 * CRC-32C (Castagnoli), the checksum of record batches. Sixteen bytes a step through sixteen tables in one array: twice the speed of a table
 * for each byte.
 */
export function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.byteLength - (bytes.byteLength % 16);
  let crc = -1;
  let position = 0;
  for (; position < whole; position += 16) {
    crc =
      word(15, crc ^ view.getInt32(position, true)) ^
      word(11, view.getInt32(position + 4, true)) ^
      word(7, view.getInt32(position + 8, true)) ^
      word(3, view.getInt32(position + 12, true));
  }
  for (; position < bytes.byteLength; position++) {
    crc = (crc >>> 8) ^ tables[(crc ^ view.getUint8(position)) & 0xff]!;
  }
  return ~crc >>> 0;
}

/** What four bytes add, when so many follow the first of them in this step. */
function word(following: number, bytes: number): number {
  const table = following * 256;
  return (
    tables[table + (bytes & 0xff)]! ^
    tables[table - 256 + ((bytes >>> 8) & 0xff)]! ^
    tables[table - 512 + ((bytes >>> 16) & 0xff)]! ^
    tables[table - 768 + (bytes >>> 24)]!
  );
}

/** Table n holds what each byte becomes when n more zero bytes follow it. */
function slices(): Int32Array {
  const made = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    made[byte] = crc;
  }
  for (let place = 256; place < made.length; place++) {
    const before = made[place - 256]!;
    made[place] = (before >>> 8) ^ made[before & 0xff]!;
  }
  return made;
}
