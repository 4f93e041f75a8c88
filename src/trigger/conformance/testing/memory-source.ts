import { SluiceError } from '../../../errors.ts';
import { headerOf, type Message, type TriggerEvent } from '../../../event.ts';
import type { Publisher } from '../../../publisher.ts';
import type { Trigger } from '../../trigger.ts';
import { ManualClock } from '../manual-clock.ts';

/** Ways to break a promise. */
export type Fault =
  | 'accepts in vain'
  | 'bites off data'
  | 'blames the destination'
  | 'charges a release'
  | 'commits nothing of what it noted'
  | 'counts a retry as ready'
  | 'counts no attempts'
  | 'does not wait'
  | 'fails the others with one'
  | 'forgets on dispose'
  | 'forgets releases'
  | 'forgets retries'
  | 'gives more than asked'
  | 'gives the last first'
  | 'gives to many'
  | 'has a backlog always'
  | 'ignores ids of messages'
  | 'ignores its signal'
  | 'ignores the cancel signal'
  | 'keeps nothing while nobody is there'
  | 'keeps what it has'
  | 'lets late ones settle'
  | 'lets leases lapse'
  | 'lets others overtake'
  | 'loses content types'
  | 'loses keys'
  | 'loses retries in a crash'
  | 'loses the case of headers'
  | 'loses what is beside the data'
  | 'loses what it holds'
  | 'moves what it delivers again'
  | 'prefetches at a charge'
  | 'publishes first'
  | 'publishes nothing'
  | 'publishes out of order'
  | 'publishes something for nothing'
  | 'puts releases at the end'
  | 'rejects when stopped'
  | 'retries a little early'
  | 'retries early'
  | 'reuses ids'
  | 'settles all as the first'
  | 'settles all at once'
  | 'settles the first of a call alone'
  | 'settles twice'
  | 'takes equal data for the same'
  | 'takes the id for the position'
  | 'tells no backlog'
  | 'tells of no failure'
  | 'throws when disposed of twice'
  | 'waits for every retry';

/** An event in the broker. */
export interface MemoryItem {
  readonly event: TriggerEvent;
  readonly number: number;
  attempt: number;
  /** Not before, in milliseconds since 1970. */
  due: number;
  /** Who has it, if anybody. */
  lease: { readonly holder: Trigger; readonly since: number } | undefined;
}

/** What the destination takes at most, in bytes of data. */
const MOST_BYTES = 4 * 2 ** 20;

/** A broker in memory, apart from the triggers on it. It keeps all promises, but for the faults that it is asked for. */
export class MemorySource implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly faults: ReadonlySet<Fault>;
  items: MemoryItem[] = [];
  /** Settled, and not confirmed yet; only where settlements are confirmed later. */
  noted: MemoryItem[] = [];
  /** Triggers that are open. */
  open = 0;
  /** While the broker is silent: until it speaks again. */
  silent: Promise<void> | undefined;
  readonly #published: Message[] = [];
  #count = 0;

  constructor(...faults: readonly Fault[]) {
    this.faults = new Set(faults);
  }

  /** Whether settlements are noted, and confirmed later. */
  get later(): boolean {
    return this.faults.has('commits nothing of what it noted');
  }

  async feed(messages: readonly Message[]): Promise<void> {
    if (this.open === 0 && this.faults.has('keeps nothing while nobody is there')) return;
    for (const message of messages) {
      const event = this.#eventOf(message);
      this.items.push({ event, number: this.#count, attempt: 0, due: 0, lease: undefined });
    }
  }

  async crash(trigger: Trigger): Promise<void> {
    if (this.faults.has('loses what it holds'))
      this.items = this.items.filter(({ lease }) => lease?.holder !== trigger);
    if (this.faults.has('loses retries in a crash'))
      this.items = this.items.filter(({ due }) => due <= this.clock.now());
    this.open -= 1;
    this.items.unshift(...this.noted.splice(0));
    this.takeFrom(trigger);
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    this.commitNoted();
  }

  commitNoted(): void {
    const noted = this.noted.splice(0);
    if (this.faults.has('commits nothing of what it noted')) this.items.unshift(...noted);
  }

  async silence(): Promise<() => Promise<void>> {
    const spoke = Promise.withResolvers<void>();
    this.silent = spoke.promise;
    return async () => {
      this.silent = undefined;
      spoke.resolve();
    };
  }

  neverTaken(): Message {
    return { headers: [], data: new Uint8Array(MOST_BYTES + 1) };
  }

  async openPublisher(): Promise<Publisher> {
    let disposed = false;
    return {
      supports: { durable: true, deduplicates: true, headers: true, keys: true },
      publish: async (messages, signal) => {
        if (!this.faults.has('ignores its signal')) signal.throwIfAborted();
        if (messages.some(({ data }) => data.byteLength > MOST_BYTES)) {
          throw new SluiceError('SLU3004', 'too large', { ofMessage: !this.faults.has('blames the destination') });
        }
        if (messages.length === 0 && this.faults.has('publishes something for nothing'))
          this.publish([{ headers: [], data: new Uint8Array() }]);
        this.publish(messages);
      },
      [Symbol.asyncDispose]: async () => {
        if (disposed && this.faults.has('throws when disposed of twice')) throw new TypeError('disposed of twice');
        disposed = true;
      },
    };
  }

  async published(): Promise<readonly Message[]> {
    return this.faults.has('publishes out of order') ? this.#published.toReversed() : this.#published;
  }

  publish(messages: readonly Message[]): void {
    if (this.faults.has('publishes nothing')) return;
    for (const message of messages) {
      const known = this.#published.some((other) => this.#isSame(message, other));
      if (known && !this.faults.has('ignores ids of messages')) continue;
      this.#published.push(
        this.faults.has('loses what is beside the data') ? { headers: [], data: message.data } : message,
      );
    }
  }

  #isSame(message: Message, other: Message): boolean {
    if (this.faults.has('takes equal data for the same') && Buffer.from(message.data).equals(other.data)) return true;
    return message.id !== undefined && message.id === other.id;
  }

  /** Whatever the trigger holds, it holds no longer. */
  takeFrom(trigger: Trigger): void {
    for (const item of this.items) if (item.lease?.holder === trigger) item.lease = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // nothing is open
  }

  #eventOf({ key, contentType, headers, data }: Message): TriggerEvent {
    this.#count += 1;
    return {
      id: this.faults.has('reuses ids') ? 'always the same' : (headerOf(headers, 'ce-id') ?? String(this.#count)),
      source: 'memory:kit',
      subject: 'kit',
      time: BigInt(this.clock.now()) * 1_000_000n,
      ...(key === undefined || this.faults.has('loses keys') ? {} : { key }),
      ...(contentType === undefined || this.faults.has('loses content types') ? {} : { contentType }),
      headers: this.faults.has('loses the case of headers')
        ? headers.map(([name, value]) => [name.toLowerCase(), value])
        : headers,
      data: this.faults.has('bites off data') ? data.subarray(0, 1000) : data,
    };
  }
}
