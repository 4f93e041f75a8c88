import type { Clock, Logger } from '#trigger';
import type { GroupListener, GroupMember, GroupState, KafkaClient } from '../client/kafka-client.ts';
import { topicsChanged } from './topics.ts';
import type { TriggerOptions } from '../options/trigger-options.ts';

export interface MembershipParts {
  readonly client: KafkaClient;
  readonly group: string;
  /** The first topics; with a pattern, topics that match later are read too. */
  readonly topics: readonly string[];
  readonly without: string | undefined;
  readonly options: TriggerOptions;
  readonly listener: GroupListener;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Our membership in a consumer group. With a pattern, it joins again as another member when the topics that match change. */
export class Membership implements AsyncDisposable {
  readonly #parts: MembershipParts;
  readonly #over = new AbortController();
  #member: GroupMember;
  readonly #watching: Promise<void> | undefined;

  /** Resolves when the listener has received the first assignment. */
  static async join(parts: MembershipParts, signal: AbortSignal): Promise<Membership> {
    return new Membership(await joinWith(parts.topics, parts, signal), parts);
  }

  private constructor(member: GroupMember, parts: MembershipParts) {
    this.#member = member;
    this.#parts = parts;
    const { topics } = parts.options;
    if (topics instanceof RegExp) this.#watching = this.#watch(topics);
  }

  get state(): GroupState {
    return this.#member.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watching;
    await this.#member[Symbol.asyncDispose]();
  }

  /** Never rejects. */
  async #watch(pattern: RegExp): Promise<void> {
    const { listener, log } = this.#parts;
    const { signal } = this.#over;
    for (let { topics } = this.#parts; ;) {
      topics = await topicsChanged(topics, { ...this.#parts, pattern }, signal);
      if (signal.aborted) return;
      log.info({ topics }, 'other topics match now; joining the group again');
      listener.revoked();
      try {
        await this.#member[Symbol.asyncDispose]();
        this.#member = await joinWith(topics, this.#parts, signal);
      } catch (thrown) {
        if (!signal.aborted) listener.failed(thrown as Error); // of our own client
        return;
      }
    }
  }
}

function joinWith(
  topics: readonly string[],
  { client, group, options, listener, log }: MembershipParts,
  signal: AbortSignal,
): Promise<GroupMember> {
  log.info({ group, topics }, 'joining the group; it waits for a member that died until its session ends');
  return client.join({ ...options, group, topics }, listener, signal);
}
