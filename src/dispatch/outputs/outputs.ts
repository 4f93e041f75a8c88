import type { Delivery, PublishGroup } from '../../delivery.ts';
import { shortened } from '../../bounded-text.ts';
import type { Header, Message } from '../../event.ts';
import { SluiceError } from '../../errors.ts';
import type { OutputMessage } from '../../outcome.ts';
import type { Outlet } from './outlet.ts';
import { hopsOf, messageId, withHops } from './published-message.ts';

/** An unknown name is shown up to this length, in UTF-16 code units: it is the guest's own text. */
const LONGEST_NAME = 100;

/** Messages for one output of the manifest. */
export interface OutputGroup {
  readonly outlet: Outlet;
  readonly messages: readonly Message[];
}

/** Messages that the source commits together with a settlement. */
export interface CommitGroup extends OutputGroup, PublishGroup {}

/** The outputs of the manifest by name. */
export class Outputs {
  readonly #outlets: ReadonlyMap<string, Outlet>;

  constructor(outlets: ReadonlyMap<string, Outlet>) {
    this.#outlets = outlets;
  }

  /**
   * Groups the messages of an answer by output, in order, as they are to be published: with an id, the count of hops, and what `inject` adds
   * to the headers. Throws SLU3005 when a message names an output that the manifest does not define; nothing is published then.
   */
  group(
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
   * A message that a component publishes while its event is handled. It has no id: a retry publishes again, perhaps something else.
   * Throws SLU3005 as `group` does.
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
