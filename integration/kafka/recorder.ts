import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Adapter, Message } from '#trigger';

/** An output of the type `recorder` that keeps what it is given, in order, after a moment each. */
export class Recorder {
  readonly texts: string[] = [];
  readonly #momentMs: () => number;

  constructor(momentMs: () => number) {
    this.#momentMs = momentMs;
  }

  get adapter(): Adapter {
    return {
      type: 'recorder',
      summary: 'Keeps what it is given.',
      output: {
        schema: z.strictObject({}),
        open: () =>
          Promise.resolve({
            supports: { durable: true, deduplicates: false, headers: true, keys: true },
            publish: (messages) => this.#publish(messages),
            [Symbol.asyncDispose]: () => Promise.resolve(),
          }),
      },
    };
  }

  async #publish(messages: readonly Message[]): Promise<void> {
    const ms = this.#momentMs();
    if (ms >= 1) await sleep(ms);
    for (const { data } of messages) this.texts.push(Buffer.from(data).toString());
  }
}
