import { BytesMemo, type Maker } from '../wire/bytes-memo.ts';

/** Shared by all partitions: a busy key's lane is one string, which maps find without hashing or comparing it again. */
const lanes = new BytesMemo<string>(4096);
let partitions = 0;

/** Names the lanes of one partition. */
export class KeyLanes implements Maker<string> {
  readonly seed = Math.imul((partitions += 1), 0x9e3779b1);
  readonly #partition: string;

  /** `partition`: the prefix of all its lanes' names. */
  constructor(partition: string) {
    this.#partition = partition;
  }

  /** The same lane for equal keys, different lanes for different keys. */
  of(key: Uint8Array): string {
    return lanes.of(this, key, 0, key.byteLength);
  }

  make(bytes: Uint8Array, begin: number, end: number): string {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin);
    return `${this.#partition}/${key.toString('latin1')}`;
  }
}
