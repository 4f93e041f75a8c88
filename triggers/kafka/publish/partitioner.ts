import { randomInt } from 'node:crypto';

const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;

/**
 * The partition of a key, the same as that of Java's default partitioner and of clients that follow it: producers of several kinds may then
 * write to one topic without breaking the order of a key (org.apache.kafka.clients.producer.internals.BuiltInPartitioner).
 */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** As in org.apache.kafka.common.utils.Utils. A signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rest = bytes.byteLength % 4;
  const whole = bytes.byteLength - rest;
  let hash = SEED ^ bytes.byteLength;
  for (let at = 0; at < whole; at += 4) {
    const mixed = Math.imul(view.getInt32(at, true), MIX);
    hash = Math.imul(hash, MIX) ^ Math.imul(mixed ^ (mixed >>> 24), MIX);
  }
  for (let at = rest - 1; at >= 0; at -= 1) hash ^= view.getUint8(whole + at) << (8 * at);
  if (rest > 0) hash = Math.imul(hash, MIX);
  hash = Math.imul(hash ^ (hash >>> 13), MIX);
  return hash ^ (hash >>> 15);
}

/**
 * Chooses partitions for messages without a key: one partition of the topic until a batch is full, then the next, so that batches are few and
 * partitions fill evenly. The first is random, since many processes begin at once.
 */
export class StickyPartitions {
  readonly #next = new Map<string, number>();

  of(topic: string, partitions: number): number {
    const partition = this.#next.get(topic) ?? randomInt(partitions);
    this.#next.set(topic, partition);
    return partition % partitions;
  }

  /** The batch is full or was sent. */
  turn(topic: string): void {
    const partition = this.#next.get(topic);
    if (partition !== undefined) this.#next.set(topic, partition + 1);
  }
}
