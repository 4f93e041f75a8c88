import { type ByteReader, Malformed } from './byte-reader.ts';
import type { KafkaHeader, KafkaRecord } from './kafka-record.ts';
import type { BatchHeader } from './record-batch.ts';

const none: readonly KafkaHeader[] = [];

/** Headers take two bytes each, compressed to nearly none, and a hundred in memory: nobody means more than this in one record. */
const MOST_HEADERS = 100_000;

/**
 * Reads the records of one batch, decompressed, and adds those from offset `from` on to `into`, until that holds `most`. Whether all were read.
 * Keys, values and header values are views of the reader's bytes.
 */
export function readRecords(
  reader: ByteReader,
  batch: BatchHeader,
  from: number,
  into: KafkaRecord[],
  most = Infinity,
): boolean {
  let last = batch.baseOffset - 1;
  for (let n = 0; n < batch.count; n++) {
    if (into.length >= most) return false;
    const length = reader.varint();
    const end = reader.position + length;
    if (length < 0 || length > reader.left)
      throw new Malformed(`a record claims ${length} bytes, ${reader.left} are left`);
    // One byte of attributes, which no version has used yet.
    reader.position++;
    const timestampDelta = reader.varlong();
    const offset = batch.baseOffset + reader.varint();
    if (offset <= last || offset > batch.lastOffset) throw new Malformed(`offset ${offset} follows ${last}`);
    last = offset;
    if (offset < from) {
      reader.position = end;
      continue;
    }
    const key = reader.varBytes();
    const value = reader.varBytes();
    const headers = readHeaders(reader);
    if (reader.position !== end) throw new Malformed(`the record at ${offset} is not as long as it claims`);
    into.push({ offset, timestamp: batch.appendTime ?? batch.baseTimestamp + timestampDelta, key, value, headers });
  }
  if (reader.left > 0) throw new Malformed(`${reader.left} bytes follow the last record`);
  return true;
}

function readHeaders(reader: ByteReader): readonly KafkaHeader[] {
  const count = reader.varint();
  if (count === 0) return none;
  if (count < 0) throw new Malformed(`a record claims ${count} headers`);
  if (count > MOST_HEADERS)
    throw new Malformed(`a record has ${count} headers, more than ${MOST_HEADERS} are not read`);
  const headers: KafkaHeader[] = [];
  for (let n = 0; n < count; n++) headers.push([reader.text(reader.varint()), reader.varBytes()]);
  return headers;
}
