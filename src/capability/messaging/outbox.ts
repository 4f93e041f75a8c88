import { shortened } from '../../bounded-text.ts';
import { reasonOf } from '../../errors.ts';
import { mayPublish, outputFor } from '../../publish-grant.ts';
import type { GuestHost } from '../capability.ts';
import { excessOf, type NotPublished, type Operations, type SentMessage } from './operations.ts';

/** How much is shown of the name of a topic or output from a guest, in UTF-16 code units. */
const LONGEST_SHOWN = 200;

/** Thrown by `publish`; the interfaces say it in their own words. */
export class PublishFailure extends Error {
  override readonly name = 'PublishFailure';
  readonly kind: NotPublished['kind'];

  constructor({ kind, reason }: NotPublished) {
    super(reason);
    this.kind = kind;
  }
}

/**
 * Publishes for a guest, and resolves when the output has confirmed it. `output` absent: the first that `allow.publish` grants for the topic.
 * Rejects with a PublishFailure.
 */
export async function publish(host: GuestHost, output: string | undefined, message: SentMessage): Promise<void> {
  const to = grantedOutput(host, output, message.topic);
  const excess = excessOf(message);
  if (excess !== undefined) throw new PublishFailure({ kind: 'refused', reason: excess });
  const answer = await ask(host, to, message);
  if (answer.kind !== 'published') throw new PublishFailure(answer);
}

/** Whether the manifest grants any output: only then do functions that publish suspend. */
export function isGrantedAny({ grants }: GuestHost): boolean {
  return Object.keys(grants.publish).length > 0;
}

/** What those functions do without a grant: they must not return a promise. Logs what the manifest lacks, and throws a PublishFailure. */
export function denyTopic(host: GuestHost, topic: string): never {
  return deny(host, missingTopic(topic));
}

/** The same for an output that is not granted. */
export function denyOutput(host: GuestHost, output: string): never {
  return deny(host, `allow.publish has no output '${shortened(output, LONGEST_SHOWN)}'`);
}

function missingTopic(topic: string): string {
  return `allow.publish has no topic '${shortened(topic, LONGEST_SHOWN)}'`;
}

function grantedOutput(host: GuestHost, output: string | undefined, topic: string): string {
  const grant = host.grants.publish;
  const to = output ?? outputFor(grant, topic);
  if (to !== undefined && mayPublish(grant, to, topic)) return to;
  const place = output === undefined ? '' : ` for output '${shortened(output, LONGEST_SHOWN)}'`;
  return deny(host, `${missingTopic(topic)}${place}`);
}

function deny(host: GuestHost, missing: string): never {
  const reason = `a publish was denied: ${missing}`;
  host.log({ level: 'warn', context: 'sluice', text: reason });
  throw new PublishFailure({ kind: 'denied', reason });
}

async function ask(host: GuestHost, ...args: Operations['publish']['args']): Promise<Operations['publish']['answer']> {
  try {
    // The service implements the same operation.
    return (await host.request('publish', args)) as Operations['publish']['answer'];
  } catch (thrown) {
    return { kind: 'refused', reason: reasonOf(thrown) };
  }
}
