import type { Header } from '../../event.ts';
import type { GuestHost } from '../capability.ts';
import { HostResource } from '../host-resource.ts';

/** Limit of all messages of one instance together, in bytes. */
const MOST_BYTES = 64 * 2 ** 20;
/** Limit of one message's pairs of metadata. */
const MOST_PAIRS = 1024;
/** Overhead of a pair beside its text, in bytes. */
const PAIR_BYTES = 64;

const heldBy = new WeakMap<GuestHost, number>();

/** The metadata of an event's message. `limits.event_size` bounds it, as it bounds the event. */
export interface HandedMessage {
  readonly topic: string;
  readonly contentType?: string | undefined;
  readonly metadata: readonly Header[];
}

/** `message` of wasi:messaging/types, and of wasmCloud's interface of the same shape. */
export class Message extends HostResource {
  readonly #topic: string | undefined;
  #data: Uint8Array;
  #contentType: string | undefined;
  #metadata: readonly Header[] | undefined;
  #bytes = 0;

  /** A message that a guest makes holds only its data. Throws when the instance holds too much. */
  constructor(host: GuestHost, data: Uint8Array, of?: HandedMessage) {
    super(host);
    this.#topic = of?.topic;
    this.#data = data;
    this.#contentType = of?.contentType;
    this.#metadata = of?.metadata;
    this.#weigh(of === undefined);
  }

  topic(): string | undefined {
    return this.#topic;
  }

  contentType(): string | undefined {
    return this.#contentType;
  }

  setContentType(type: string): void {
    this.#contentType = type;
    this.#weigh();
  }

  data(): Uint8Array {
    return this.#data;
  }

  setData(data: Uint8Array): void {
    this.#data = data;
    this.#weigh();
  }

  metadata(): readonly Header[] | undefined {
    return this.#metadata;
  }

  /** A key has only one value. */
  addMetadata(key: string, value: string): void {
    this.setMetadata([...this.#without(key), [key, value]]);
  }

  setMetadata(metadata: readonly Header[]): void {
    if (metadata.length > MOST_PAIRS) throw new Error(`a message may have ${MOST_PAIRS} pairs of metadata`);
    this.#metadata = metadata;
    this.#weigh();
  }

  removeMetadata(key: string): void {
    this.setMetadata(this.#without(key));
  }

  protected override release(): void {
    heldBy.set(this.host, (heldBy.get(this.host) ?? 0) - this.#bytes);
  }

  #without(key: string): readonly Header[] {
    return (this.#metadata ?? []).filter(([each]) => each !== key);
  }

  #weigh(isBounded = true): void {
    let bytes = this.#data.byteLength + (this.#contentType?.length ?? 0);
    for (const [key, value] of this.#metadata ?? []) bytes += key.length + value.length + PAIR_BYTES;
    const held = (heldBy.get(this.host) ?? 0) + bytes - this.#bytes;
    if (isBounded && bytes > this.#bytes && held > MOST_BYTES)
      throw new Error(`messages may hold ${MOST_BYTES} bytes together`);
    heldBy.set(this.host, held);
    this.#bytes = bytes;
  }
}
