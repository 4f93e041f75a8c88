import { reasonOf } from '../../../errors.ts';
import type { Failed, Field, Operations, SentRequest } from '../../http-client/operations.ts';
import { type GuestHost, WitError } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import { httpError } from './http-error.ts';
import { Gate } from '../readiness.ts';
import { type ByteSource, CLOSED } from '../streams.ts';

/** Limit of one instance, at once. */
const MOST_EXCHANGES = 16;

let lastNumber = 0;

/**
 * The guest's half of one request and its response; main owns the connection. The exchange lasts as long as its call, and as long as the guest holds
 * a part of it (the future, the response, its body or stream).
 */
export class HttpExchange extends HostResource {
  /** Unique in its thread. */
  readonly #number = ++lastNumber;
  /** Opens when `head` is set. */
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

  /** Sends an operation to main. Never rejects. */
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

  /** Counts one more holder. */
  hold(): void {
    this.#holders += 1;
  }

  letGo(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this[Symbol.dispose]();
  }

  /** The trailers, once the body was read to its end. */
  get trailers(): readonly Field[] {
    return this.#trailers;
  }

  /** The response's body; asks for a piece when it has none. */
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

  /** Writes to the component's log if there is more to say than the guest's error does. */
  #noted<Answer extends { readonly kind: string }>(answer: Answer | Failed): Answer | Failed {
    if ('why' in answer && answer.why !== undefined)
      this.host.log({ level: 'warn', context: 'sluice', text: answer.why });
    return answer;
  }

  protected override release(): void {
    void this.ask('close');
  }
}
