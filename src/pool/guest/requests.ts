import type { MessagePort } from 'node:worker_threads';
import type { FromThread, ToThread } from '../wire/thread-messages.ts';

/** Questions of capabilities to their services on the main thread. */
export class Requests {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** `call`: number of the one that runs on the instance; 0 for none. */
  async ask(capability: string, call: number, method: string, args: readonly unknown[]): Promise<unknown> {
    const request = ++this.#last;
    const question: FromThread = { kind: 'request', request, call, capability, method, args };
    this.#port.postMessage(question);
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(request, pending);
    return pending.promise;
  }

  answer(message: Extract<ToThread, { kind: 'reply' | 'refusal' }>): void {
    const pending = this.#pending.get(message.request);
    this.#pending.delete(message.request);
    if (message.kind === 'reply') pending?.resolve(message.value);
    else pending?.reject(new Error(message.reason));
  }
}
