import { headerOf, type Message, type TriggerEvent } from '../../../event.ts';
import type { Publisher } from '../../../publisher.ts';
import type { Trigger } from '../../trigger.ts';
import { ManualClock } from '../manual-clock.ts';
import { MemoryTrigger } from './memory-trigger.ts';
import type { Rig } from '../subject.ts';

/** Ways to break a promise. */
export type Fault =
  | 'accepts in vain'
  | 'bites off data'
  | 'charges a release'
  | 'counts no attempts'
  | 'forgets on dispose'
  | 'gives more than asked'
  | 'gives to many'
  | 'has a backlog always'
  | 'ignores ids of messages'
  | 'ignores its signal'
  | 'keeps what it has'
  | 'lets late ones settle'
  | 'lets others overtake'
  | 'loses keys'
  | 'loses the case of headers'
  | 'loses what it holds'
  | 'moves what it delivers again'
  | 'publishes first'
  | 'publishes out of order'
  | 'retries early'
  | 'reuses ids'
  | 'settles twice'
  | 'takes the id for the position';

/** An event in the broker. */
export interface MemoryItem {
  readonly event: TriggerEvent;
  readonly number: number;
  attempt: number;
  /** Not before, in milliseconds since 1970. */
  due: number;
  /** Who has it, if anybody. */
  lease: { readonly holder: Trigger } | undefined;
}

/** A broker in memory, apart from the triggers on it. It keeps all promises, but for the faults that it is asked for. */
export class MemoryRig implements Rig {
  readonly clock = new ManualClock();
  readonly faults: ReadonlySet<Fault>;
  items: MemoryItem[] = [];
  readonly #published: Message[] = [];
  #count = 0;

  constructor(...faults: readonly Fault[]) {
    this.faults = new Set(faults);
  }

  async openTrigger(): Promise<Trigger> {
    return new MemoryTrigger(this);
  }

  async feed(messages: readonly Message[]): Promise<void> {
    for (const message of messages) {
      const event = this.#eventOf(message);
      this.items.push({ event, number: this.#count, attempt: 0, due: 0, lease: undefined });
    }
  }

  async crash(trigger: Trigger): Promise<void> {
    if (this.faults.has('loses what it holds'))
      this.items = this.items.filter(({ lease }) => lease?.holder !== trigger);
    this.takeFrom(trigger);
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
  }

  async openPublisher(): Promise<Publisher> {
    return {
      supports: { durable: true, deduplicates: true, headers: true, keys: true },
      publish: async (messages, signal) => {
        if (!this.faults.has('ignores its signal')) signal.throwIfAborted();
        this.publish(messages);
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async published(): Promise<readonly Message[]> {
    return this.faults.has('publishes out of order') ? this.#published.toReversed() : this.#published;
  }

  publish(messages: readonly Message[]): void {
    for (const message of messages) {
      const known = message.id !== undefined && this.#published.some(({ id }) => id === message.id);
      if (!known || this.faults.has('ignores ids of messages')) this.#published.push(message);
    }
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
      ...(contentType === undefined ? {} : { contentType }),
      headers: this.faults.has('loses the case of headers')
        ? headers.map(([name, value]) => [name.toLowerCase(), value])
        : headers,
      data: this.faults.has('bites off data') ? data.subarray(0, 1000) : data,
    };
  }
}
