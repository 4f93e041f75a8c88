import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AdapterContext, type Delivery, type Message, StateFile } from '#trigger';
import { adapterContext, ManualClock, type Rig } from '../../../src/trigger/conformance/index.ts';
import { enqueue, type EnqueueOptions } from '../enqueue.ts';
import type { QueueItem } from '../item.ts';
import { queueOutputOptions, queueTriggerOptions } from '../options.ts';
import { QueuePublisher } from '../publisher.ts';
import type { Receipt } from '../tables/writer.ts';
import { QueueTrigger } from '../trigger.ts';

export const LEASE_MS = 30_000;
export const forever = new AbortController().signal;

/** For tests: a queue to take from and one to publish to, in one state file, in their own time. */
export class QueueRig implements Rig {
  readonly clock: ManualClock;
  readonly path: string;
  readonly state: StateFile;
  readonly context: AdapterContext;
  readonly #folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-queue-'));

  /** `sharing`: another rig whose file this one opens too, as another process would. */
  constructor(sharing?: QueueRig) {
    this.clock = sharing?.clock ?? new ManualClock();
    this.path = sharing?.path ?? join(this.#folder.path, 'state.db');
    this.state = StateFile.open(this.path);
    this.context = adapterContext(this.state, { clock: this.clock });
  }

  /** `keys` as in a manifest. */
  openTrigger(keys: object = {}): Promise<QueueTrigger> {
    return QueueTrigger.open(queueTriggerOptions.parse({ queue: 'in', ...keys }), this.context, forever);
  }

  async openPublisher(keys: object = {}): Promise<QueuePublisher> {
    return new QueuePublisher(queueOutputOptions.parse({ queue: 'out', ...keys }), this.context);
  }

  async feed(messages: readonly Message[]): Promise<void> {
    await this.put(...messages);
  }

  put(...items: readonly QueueItem[]): Promise<readonly Receipt[]> {
    return enqueue(this.state, 'in', items, { clock: this.clock });
  }

  putWith(options: EnqueueOptions, ...items: readonly QueueItem[]): Promise<readonly Receipt[]> {
    return enqueue(this.state, 'in', items, { clock: this.clock, ...options });
  }

  /** Another process holds the write lock. */
  async silence(): Promise<() => Promise<void>> {
    const other = new DatabaseSync(this.path);
    other.exec('BEGIN IMMEDIATE');
    return async () => other.close();
  }

  /** Nobody renews the leases any more. */
  async crash(): Promise<void> {
    this.clock.advance(LEASE_MS);
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
  }

  async published(): Promise<readonly Message[]> {
    await using reader = await this.openTrigger({ queue: 'out', order: 'none' });
    return (await takeNow(reader, 1000)).map(({ event }) => event);
  }

  /** What SQLite finds wrong with the file: `ok`. */
  get integrity(): unknown {
    return this.state.read((db) => db.prepare('PRAGMA integrity_check').get()?.['integrity_check']);
  }

  /** How many rows a table has. */
  count(table: string): number {
    return this.state.read((db) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.state[Symbol.asyncDispose]();
    this.#folder.remove();
  }
}

/** What can be taken without waiting for anything. */
export async function takeNow(trigger: QueueTrigger, max: number): Promise<readonly Delivery[]> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 20);
  const taken = await trigger.take(max, stop.signal);
  clearTimeout(timer);
  return taken;
}

/** What is taken while time goes by, a second at a time. */
export async function takeInTime(rig: QueueRig, trigger: QueueTrigger): Promise<Delivery> {
  const passing = setInterval(() => rig.clock.advance(1000), 1);
  const [delivery] = await trigger.take(1, forever);
  clearInterval(passing);
  return delivery!; // take resolves with none only when it was stopped
}

/** An item with this text as its data; `a1` has the key `a` when keys are asked for. */
export function item(text: string, rest: Partial<QueueItem> = {}): QueueItem {
  return { headers: [], data: Buffer.from(text), ...rest };
}

export function keyed(...texts: readonly string[]): QueueItem[] {
  return texts.map((text) => item(text, { key: Buffer.from(text.slice(0, 1)) }));
}

export function textsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ event }) => Buffer.from(event.data).toString());
}
