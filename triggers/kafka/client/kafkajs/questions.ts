import { orAborted } from '#trigger';
import type { Admin, Kafka } from 'kafkajs';
import { kafkaError } from '../../kafka-error.ts';

/**
 * Questions to a cluster, over a connection of their own. The library looks at the cluster only each five minutes, and not when a leader has
 * moved or a topic has more partitions: where an answer shows that, the question is asked again over a new connection, which knows.
 */
export class Questions implements AsyncDisposable {
  readonly #kafka: Kafka;
  readonly #addresses: string;
  readonly #asked = new Set<Promise<unknown>>();
  #admin: Admin;
  #renewing: Promise<void> | undefined;
  #closed = false;

  /** `addresses` are for messages. Rejects as the library does, or with the reason of `signal`. */
  static async open(kafka: Kafka, addresses: string, signal: AbortSignal): Promise<Questions> {
    const questions = new Questions(kafka, addresses);
    const connecting = questions.#admin.connect();
    try {
      await orAborted(connecting, signal);
      return questions;
    } catch (thrown) {
      // The library can't be told to stop connecting: what comes too late is closed.
      void connecting.catch(() => {}).then(() => questions[Symbol.asyncDispose]());
      throw thrown;
    }
  }

  private constructor(kafka: Kafka, addresses: string) {
    this.#kafka = kafka;
    this.#addresses = addresses;
    this.#admin = adminOf(kafka);
  }

  /** Rejects with a SluiceError. */
  async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await this.#ask(question);
    } catch (thrown) {
      throw kafkaError(thrown, this.#addresses);
    }
  }

  /** What has an answer for each partition of a topic. Rejects with a SluiceError. */
  async askOfAll<T>(topic: string, question: (admin: Admin) => Promise<T[]>): Promise<T[]> {
    const complete = async (admin: Admin): Promise<T[]> => {
      const answers = await question(admin);
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }); // not what the library knows: it asks
      if (answers.length !== topics[0]?.partitions.length)
        throw new Outdated(`topic '${topic}' has other partitions now`);
      return answers;
    };
    return this.ask(async () => {
      try {
        return await this.#ask(complete);
      } catch (thrown) {
        if (!isOutdated(thrown)) throw thrown;
        await (this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined)));
        return this.#ask(complete);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await disconnect(this.#admin);
  }

  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.#admin;
    const answer = question(admin);
    this.#asked.add(answer);
    try {
      return await answer;
    } finally {
      this.#asked.delete(answer);
      // A question that is under way when this is closed makes the library connect once more.
      if (this.#closed) await disconnect(admin);
    }
  }

  /** What others have asked over the old connection may still be answered. */
  async #renew(): Promise<void> {
    const old = this.#admin;
    const admin = adminOf(this.#kafka);
    await admin.connect();
    if (this.#closed) return disconnect(admin);
    this.#admin = admin;
    void Promise.allSettled(this.#asked).then(() => disconnect(old));
  }
}

/** The answer does not fit what the cluster is now. */
class Outdated extends Error {
  readonly type = 'NOT_LEADER_FOR_PARTITION';
}

function isOutdated(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return ('type' in thrown && thrown.type === 'NOT_LEADER_FOR_PARTITION') || isOutdated(thrown.cause);
}

function adminOf(kafka: Kafka): Admin {
  return kafka.admin({ retry: { retries: 2 } });
}

async function disconnect(admin: Admin): Promise<void> {
  await admin.disconnect().catch(() => {}); // what it had open is gone either way
}
