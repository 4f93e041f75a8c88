import { reasonOf } from '../../../errors.ts';
import type { Failed, Field, Operations, SentRequest } from '../../http-client/operations.ts';
import { type GuestHost, WitError } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import { httpError } from './http-error.ts';
import { Gate } from '../readiness.ts';
import { type ByteSource, CLOSED } from '../streams.ts';

/** Of one instance, at once. */
const MOST_EXCHANGES = 16;

let lastNumber = 0;

/**
 * One request and its response as the guest's half has it: the connection is the main thread's. It lasts as long as the guest holds
 * something of it (the future, the response, its body or stream), and its call is not over.
 */
export class HttpExchange extends HostResource {
  /** Unique in its thread. */
  readonly #number = ++lastNumber;
  /** Open when `head` is there. */
  readonly answered = new Gate();
  head: Operations['send']['answer'] | undefined;
  #holders = 0;
  #trailers: readonly Field[] = [];

  constructor(host: GuestHost) {
    super(host, MOST_EXCHANGES, 'HTTP request under way');
  }

  /** Once. */
  send(request: SentRequest): void {
    void this.ask('send', request).then((head) => {
      this.head = this.#noted(head);
      this.answered.open();
    });
  }

  /** What the main thread answers. Never rejects. */
  async ask<M extends keyof Operations>(
    method: M,
    ...args: Operations[M]['args']
  ): Promise<Operations[M]['answer'] | Failed> {
    try {
      // The service implements the same operations.
      return (await this.host.ask(method, [this.#number, ...args])) as Operations[M]['answer'];
    } catch (thrown) {
      return { kind: 'failed', code: { tag: 'internal-error', val: undefined }, why: reasonOf(thrown) };
    }
  }

  /** Somebody holds something of it. */
  hold(): void {
    this.#holders += 1;
  }

  letGo(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this[Symbol.dispose]();
  }

  /** Those of a body that was read to its end. */
  get trailers(): readonly Field[] {
    return this.#trailers;
  }

  /** The response's body: a piece is asked for when there is none. */
  source(): ByteSource {
    const gate = new Gate();
    let piece: Uint8Array = new Uint8Array();
    let end: Failed | 'end' | undefined;
    let asking = false;
    const askForMore = (): void => {
      if (asking || end !== undefined) return;
      asking = true;
      gate.close();
      void this.ask('read').then((answer) => {
        asking = false;
        if (answer.kind === 'piece') piece = answer.bytes;
        else if (answer.kind === 'end') this.#trailers = answer.trailers;
        if (answer.kind !== 'piece') end = answer.kind === 'end' ? 'end' : this.#noted(answer);
        gate.open();
      });
    };
    this.hold();
    askForMore();
    return {
      readiness: gate,
      read: (most) => {
        if (!gate.ready) return new Uint8Array();
        if (piece.length === 0) {
          if (end === 'end') return undefined;
          throw end === undefined ? new WitError(CLOSED) : httpError(end.code);
        }
        const taken = piece.subarray(0, most);
        piece = piece.subarray(taken.length);
        if (piece.length === 0) askForMore();
        return taken;
      },
      close: () => this.letGo(),
    };
  }

  /** What went wrong is said in the component's log as far as there is more to it than the guest hears. */
  #noted<Answer extends { readonly kind: string }>(answer: Answer | Failed): Answer | Failed {
    if ('why' in answer && answer.why !== undefined)
      this.host.log({ level: 'warn', context: 'sluice', text: answer.why });
    return answer;
  }

  protected override release(): void {
    void this.ask('close');
  }
}
