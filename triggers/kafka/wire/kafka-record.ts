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
