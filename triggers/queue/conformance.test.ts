import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Message, type Publisher, StateFile, type Trigger } from '#trigger';
import { adapterContext, conformance, ManualClock, type Rig } from '../../src/trigger/conformance/index.ts';
import { enqueue } from './enqueue.ts';
import { queueOutputOptions, queueTriggerOptions } from './options.ts';
import { QueuePublisher } from './publisher.ts';
import { QueueTrigger } from './trigger.ts';

const LEASE_MS = 30_000;
const forever = new AbortController().signal;

/** A queue to take from and a queue to publish to, in one state file, in their own time. */
class QueueRig implements Rig {
  readonly #folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-queue-'));
  readonly #clock = new ManualClock();
  readonly #state = StateFile.open(join(this.#folder.path, 'state.db'));
  readonly #context = adapterContext(this.#state, { clock: this.#clock });

  openTrigger(): Promise<Trigger> {
    return QueueTrigger.open(queueTriggerOptions.parse({ queue: 'in', lease: '30s' }), this.#context, forever);
  }

  async feed(messages: readonly Message[]): Promise<void> {
    await enqueue(this.#state, 'in', messages, { clock: this.#clock });
  }

  /** Nobody renews its leases any more. */
  async crash(): Promise<void> {
    this.#clock.advance(LEASE_MS);
  }

  async pass(ms: number): Promise<void> {
    this.#clock.advance(ms);
  }

  async openPublisher(): Promise<Publisher> {
    return new QueuePublisher(queueOutputOptions.parse({ queue: 'out' }), this.#context);
  }

  async published(): Promise<readonly Message[]> {
    await using reader = await QueueTrigger.open(
      queueTriggerOptions.parse({ queue: 'out', order: 'none' }),
      this.#context,
      forever,
    );
    const { ready } = await reader.backlog();
    return ready === 0 ? [] : (await reader.take(ready, forever)).map(({ event }) => event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#state[Symbol.asyncDispose]();
    this.#folder.remove();
  }
}

conformance(test, { name: 'queue', quietMs: 20, setUp: async () => new QueueRig() });
