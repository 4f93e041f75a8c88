/** A header: names may repeat and keep their order; a value may be null. */
export type KafkaHeader = readonly [name: string, value: Uint8Array | null];

/** A record as it is in the log. */
export interface KafkaRecord {
  readonly offset: number;
  /** Milliseconds since 1970; -1 when its producer gave none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  /** `null`: a tombstone, which removes its key from a compacted topic. */
  readonly value: Uint8Array | null;
  readonly headers: readonly KafkaHeader[];
}

/** The same with bytes of its own: a record that is kept for long must not keep the whole fetch that it came with. */
export function detached(record: KafkaRecord): KafkaRecord {
  const { key, value, headers } = record;
  return {
    ...record,
    key: key && copied(key),
    value: value && copied(value),
    headers: headers.map(([name, content]): KafkaHeader => [name, content && copied(content)]),
  };
}

function copied(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}
