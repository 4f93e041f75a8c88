import { type AdapterContext, type SharedChanged, type SharedEntry, type SharedStore, SluiceError } from '#trigger';
import { jetstream } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import { decodeKey, encodeKey } from './bucket-key.ts';
import { Link } from '../connection/link.ts';
import { apiCode, isStreamMissing, jetStreamError } from '../connection/nats-error.ts';
import type { StoreOptions } from '../options/store-options.ts';

const WRONG_LAST_SEQUENCE = 10_071;
const WRONG_LAST_SEQUENCE_UNKNOWN = 10_164;
const TIMEOUT_MS = 5000;
const PAUSE_MS = 500;

const never = new AbortController().signal;

/** A key-value bucket of JetStream as a shared store. Revisions are sequences of the stream under it. */
export class BucketStore implements SharedStore {
  readonly #link: Link;
  readonly #kv: KV;
  readonly #bucket: string;
  readonly #context: AdapterContext;
  readonly #closing = new AbortController();

  private constructor(link: Link, kv: KV, bucket: string, context: AdapterContext) {
    this.#link = link;
    this.#kv = kv;
    this.#bucket = bucket;
    this.#context = context;
  }

  /** Rejects with SLU3301, SLU3302, SLU3304, SLU3307, SLU3311 (no such bucket) or SLU3310 (it can't be created). */
  static async open(
    { bucket, create }: StoreOptions,
    context: AdapterContext,
    signal: AbortSignal,
  ): Promise<BucketStore> {
    await using opening = new AsyncDisposableStack();
    const link = opening.use(await Link.open(context, signal));
    const { domain } = link;
    const kvm = new Kvm(jetstream(link.nc, { timeout: TIMEOUT_MS, ...(domain === undefined ? {} : { domain }) }));
    try {
      // A follower's value may be stale; a lease needs the leader's.
      const direct = { allow_direct: false };
      const kv = await (create === undefined
        ? kvm.open(bucket, direct)
        : kvm.create(bucket, {
            ...direct,
            replicas: create.replicas,
            storage: create.storage,
            ...(create.max_bytes === undefined ? {} : { max_bytes: create.max_bytes }),
          }));
      await kv.status();
      signal.throwIfAborted();
      opening.move();
      return new BucketStore(link, kv, bucket, context);
    } catch (thrown) {
      throw isStreamMissing(thrown) ? missing(bucket) : jetStreamError('SLU3310', `bucket '${bucket}'`, thrown);
    }
  }

  /** Rejects as `open` would, and creates no bucket. */
  static async probe(options: StoreOptions, context: AdapterContext, signal: AbortSignal): Promise<void> {
    try {
      await using _ = await BucketStore.open({ ...options, create: undefined }, context, signal);
    } catch (thrown) {
      const wouldBeMade = options.create !== undefined && thrown instanceof SluiceError && thrown.code === 'SLU3311';
      if (!wouldBeMade) throw thrown;
    }
  }

  get(key: string): Promise<SharedEntry | undefined> {
    return this.#ask(key, async () => entryOf(await this.#kv.get(encodeKey(key))));
  }

  async put(key: string, value: Uint8Array, expected?: number): Promise<number | undefined> {
    const encoded = encodeKey(key);
    return this.#ask(key, () => {
      if (expected === undefined) return this.#kv.put(encoded, value);
      return unlessOther(expected === 0 ? this.#kv.create(encoded, value) : this.#kv.update(encoded, value, expected));
    });
  }

  async delete(key: string, expected?: number): Promise<boolean> {
    const encoded = encodeKey(key);
    return this.#ask(key, async () => {
      const options = expected === undefined ? {} : { previousSeq: expected };
      return (await unlessOther(this.#kv.delete(encoded, options).then(() => true))) ?? false;
    });
  }

  async keys(prefix: string): Promise<readonly string[]> {
    return this.#ask(prefix, async () => {
      const keys: string[] = [];
      for await (const encoded of await this.#kv.keys(filterOf(prefix))) {
        const key = decodeKey(encoded);
        if (key.startsWith(prefix)) keys.push(key);
      }
      return keys;
    });
  }

  async watch(prefix: string, changed: SharedChanged, signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, this.#closing.signal]);
    const reported = Promise.withResolvers<void>();
    void this.#watchOn(prefix, changed, over, reported).catch((thrown: unknown) => reported.reject(thrown));
    await reported.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#link[Symbol.asyncDispose]();
  }

  /** A watch is a consumer of one session. Each session starts its own, beginning with the current entries. */
  async #watchOn(
    prefix: string,
    changed: SharedChanged,
    over: AbortSignal,
    reported: PromiseWithResolvers<void>,
  ): Promise<void> {
    for (let first = true; !over.aborted; first = false) {
      try {
        await this.#watchOnce(prefix, changed, over, () => reported.resolve());
      } catch (thrown) {
        if (first || over.aborted) throw this.#errorOf(prefix, thrown);
        this.#context.log.warn({ err: thrown, bucket: this.#bucket }, 'a watch on a bucket ended; starting it again');
        await this.#context.clock.sleep(PAUSE_MS, over);
      }
      await this.#link.whenConnected(over);
    }
  }

  async #watchOnce(prefix: string, changed: SharedChanged, over: AbortSignal, reported: () => void): Promise<void> {
    const ended = AbortSignal.any([over, this.#link.session]);
    const present = new Set(await this.keys(prefix));
    const watch = await this.#kv.watch({ key: filterOf(prefix) });
    const end = (): void => watch.stop();
    ended.addEventListener('abort', end, { once: true });
    if (ended.aborted) end();
    if (present.size === 0) reported();
    for await (const entry of watch) {
      const key = decodeKey(entry.key);
      if (!key.startsWith(prefix)) continue;
      changed(key, entryOf(entry));
      if (present.delete(key) && present.size === 0) reported();
    }
    ended.removeEventListener('abort', end);
  }

  async #ask<T>(key: string, question: () => Promise<T>): Promise<T> {
    try {
      return await this.#link.whileConnected(never, question);
    } catch (thrown) {
      throw this.#errorOf(key, thrown);
    }
  }

  #errorOf(key: string, thrown: unknown): SluiceError {
    if (isStreamMissing(thrown)) return missing(this.#bucket);
    return jetStreamError('SLU3312', `key '${key}' of bucket '${this.#bucket}'`, thrown);
  }
}

/** The server can filter only whole tokens of the bucket's subjects. */
function filterOf(prefix: string): string {
  return prefix.endsWith('.') && prefix.length > 1 ? `${encodeKey(prefix.slice(0, -1))}.>` : '>';
}

function entryOf(entry: KvEntry | null): SharedEntry | undefined {
  return entry === null || entry.operation !== 'PUT' ? undefined : { value: entry.value, revision: entry.revision };
}

/** `undefined` if the key has another revision than expected. */
async function unlessOther<T>(change: Promise<T>): Promise<T | undefined> {
  try {
    return await change;
  } catch (thrown) {
    const code = apiCode(thrown);
    if (code === WRONG_LAST_SEQUENCE || code === WRONG_LAST_SEQUENCE_UNKNOWN) return undefined;
    throw thrown;
  }
}

function missing(bucket: string): SluiceError {
  return new SluiceError('SLU3311', `bucket '${bucket}' does not exist`, {
    transient: true,
    fix: `nats kv add ${bucket}, or create = {} in the store`,
  });
}
