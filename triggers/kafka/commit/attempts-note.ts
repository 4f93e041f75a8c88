/**
 * Attempts of unfinished records, kept in the metadata of the committed offset, which is all that Kafka has room for: `v1 5:2 17:1` says
 * that the record 5 after the committed offset has had two attempts, and the one 17 after it has had one.
 */

/** The broker's default limit is 4,096 bytes (`offset.metadata.max.bytes`); a longer note would be rejected, and the offset with it. */
const LONGEST_NOTE = 4000;

/** The highest offsets are left out if they don't fit: after a crash they count from 1 again. */
export function writeAttempts(watermark: number, attempts: ReadonlyMap<number, number>): string {
  if (attempts.size === 0) return '';
  let note = 'v1';
  for (const [offset, made] of [...attempts].toSorted(([a], [b]) => a - b)) {
    const entry = ` ${offset - watermark}:${made}`;
    if (note.length + entry.length > LONGEST_NOTE) break;
    note += entry;
  }
  return note;
}

/** Attempts by offset. Metadata of another program is ignored. */
export function readAttempts(watermark: number, note: string): Map<number, number> {
  const attempts = new Map<number, number>();
  if (!/^v1(?: \d{1,15}:\d{1,9})+$/.test(note)) return attempts;
  for (const entry of note.split(' ').slice(1)) {
    const [ahead = 0, made = 0] = entry.split(':').map(Number);
    attempts.set(watermark + ahead, made);
  }
  return attempts;
}
