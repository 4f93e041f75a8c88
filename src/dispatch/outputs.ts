import type { Delivery, PublishGroup } from '../delivery.ts';
import { shortened } from '../bounded-text.ts';
import type { Header, Message } from '../event.ts';
import { SluiceError } from '../errors.ts';
import type { OutputMessage } from '../outcome.ts';
import { hopsOf, withHops } from './hops.ts';
import { messageId } from './message-id.ts';
import type { Outlet } from './outlet.ts';

/** Of a name that the manifest does not know this much is shown, in UTF-16 code units: it is a guest's own text. */
const LONGEST_NAME = 100;

/** Messages for one output of the manifest. */
export interface OutputGroup {
  readonly outlet: Outlet;
  readonly messages: readonly Message[];
}

/** Those that the source commits together with a settlement. */
export interface CommitGroup extends OutputGroup, PublishGroup {}

/** The outputs of the manifest by name. */
export class Outputs {
  readonly #outlets: ReadonlyMap<string, Outlet>;

  constructor(outlets: ReadonlyMap<string, Outlet>) {
    this.#outlets = outlets;
  }

  /**
   * Groups what a component returned by output, in order. Each message gets an id by which a publisher that can deduplicate stores the
   * outputs of a redelivered event once. Throws SLU3005 for an output that
   * the manifest does not name: nothing is published then.
   */
  route(
    trigger: string,
    delivery: Delivery,
    messages: readonly OutputMessage[],
    inject: (given: readonly Header[]) => readonly Header[],
  ): OutputGroup[] {
    const groups = new Map<string, Message[]>();
    const hops = hopsOf(delivery.event.headers) + 1;
    for (const [number, { to, ...message }] of messages.entries()) {
      if (!this.#outlets.has(to)) throw this.#unknown(to);
      const sent = {
        ...message,
        id: messageId(trigger, delivery, number),
        headers: withHops(inject(message.headers), hops),
      };
      const group = groups.get(to);
      if (group === undefined) groups.set(to, [sent]);
      else group.push(sent);
    }
    return [...groups].map(([output, sent]) => ({ outlet: this.#outlets.get(output)!, messages: sent }));
  }

  /**
   * What a component publishes while its event is handled. It has no id: an event that is tried again publishes again, perhaps something else.
   * Throws SLU3005 as `route` does.
   */
  during(
    { event }: Delivery,
    { to, ...message }: OutputMessage,
    inject: (given: readonly Header[]) => readonly Header[],
  ): { readonly outlet: Outlet; readonly message: Message } {
    const outlet = this.#outlets.get(to);
    if (outlet === undefined) throw this.#unknown(to);
    return { outlet, message: { ...message, headers: withHops(inject(message.headers), hopsOf(event.headers) + 1) } };
  }

  #unknown(to: string): SluiceError {
    const known = [...this.#outlets.keys()].map((name) => `'${name}'`).join(', ') || 'none';
    return new SluiceError(
      'SLU3005',
      `the component returned a message for output '${shortened(to, LONGEST_NAME)}', which the manifest does not define (defined: ${known})`,
      {
        fix: 'name an output of the manifest in the component, or define this one',
      },
    );
  }
}
