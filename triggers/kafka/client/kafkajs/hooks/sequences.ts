import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** The part of a produce request for one partition. */
export interface SentPartition {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
}

/** The answer of a broker, for one partition. */
export interface AnsweredPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

const STORED = 0;
/** Codes that leave open whether the records were stored: unknown, request timed out, not enough replicas after append, storage error. */
const UNSURE: ReadonlySet<number> = new Set([-1, 7, 20, 56]);
/** How long to wait for requests to other brokers after one was refused, in milliseconds. */
const ANSWERS_MS = 5000;
const LOOK_EVERY_MS = 5;

/**
 * Corrects the sequence numbers of a transactional producer after a refusal. kafkajs takes back those of a whole request if one partition refused,
 * although the others have stored their records. It would give the same numbers to the next records, and the broker would take these for a
 * repetition, answer that they are stored, and drop them. This class remembers stored records and adds them.
 */
export class Sequences {
  /** By partition: how far the broker is ahead of kafkajs. */
  readonly #ahead = new Map<string, number>();
  /** Stored by a request that another partition refused. If it is not sent again, the broker is ahead by that many. */
  readonly #stored = new Map<string, number>();
  /** Sent, with an unknown result. */
  readonly #open = new Set<string>();

  firstOf(topic: string, partition: number, first: number): number {
    return (first + (this.#ahead.get(nameOf(topic, partition)) ?? 0)) % 2 ** 31;
  }

  sent(partitions: readonly SentPartition[]): void {
    for (const { topic, partition } of partitions) {
      this.#open.add(nameOf(topic, partition));
      this.#stored.delete(nameOf(topic, partition));
    }
  }

  answered(sent: readonly SentPartition[], answers: readonly AnsweredPartition[]): void {
    const codes = new Map(answers.map(({ topic, partition, errorCode }) => [nameOf(topic, partition), errorCode]));
    const isRefused = answers.some(({ errorCode }) => errorCode !== STORED);
    for (const { topic, partition, records } of sent) {
      const name = nameOf(topic, partition);
      const code = codes.get(name);
      if (code === undefined || UNSURE.has(code)) continue;
      this.#open.delete(name);
      if (isRefused && code === STORED) this.#stored.set(name, records);
    }
  }

  /** A send begins. */
  begin(): void {
    this.#open.clear();
    this.#stored.clear();
  }

  /** A send failed. Resolves to whether it is known which records were stored: only then may the producer be used again. */
  async failed(): Promise<boolean> {
    for (let waitedMs = 0; this.#open.size > 0 && waitedMs < ANSWERS_MS; waitedMs += LOOK_EVERY_MS) {
      await sleep(LOOK_EVERY_MS);
    }
    for (const [name, records] of this.#stored) this.#ahead.set(name, (this.#ahead.get(name) ?? 0) + records);
    this.#stored.clear();
    return this.#open.size === 0;
  }
}

/** The sequences of the producer that sends now. */
export const sequencesOfSend = new AsyncLocalStorage<Sequences>();

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
