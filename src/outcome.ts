import type { Message } from './event.ts';

/** A message as the component returned it: `to` names an output of the manifest. */
export interface OutputMessage extends Message {
  readonly to: string;
}

/**
 * The result of one call. The dispatcher decides what to do about it (see Settlement).
 *
 * - `completed`: the component answered; its messages wait to be published.
 * - `failed`: the component requested another attempt, with its reason.
 * - `rejected`: the component said that no attempt can succeed.
 * - `trapped`: the call ended in a trap, hit the memory limit, or gave an answer of the wrong type. `cause` says which.
 * - `timed-out`: the call ran past its deadline and was ended.
 * - `cancelled`: the call was given up or never started, for a reason that is not the event's (shutdown, a thread lost to another event); it costs
 *   no attempt.
 */
export type Outcome =
  | { readonly kind: 'completed'; readonly messages: readonly OutputMessage[] }
  | { readonly kind: 'failed'; readonly reason: string; readonly afterMs?: number }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'trapped'; readonly reason: string; readonly cause: TrapCause }
  | { readonly kind: 'timed-out'; readonly reason: string; readonly afterMs: number }
  | { readonly kind: 'cancelled'; readonly reason: string };

/** Why a call ended without an answer. `denied`: an import that the manifest does not grant, or that Sluice does not provide, was called. */
export type TrapCause = 'trap' | 'memory' | 'malformed' | 'denied' | 'output-too-large' | 'exit' | 'instantiation';

export type OutcomeKind = Outcome['kind'];

/**
 * The overhead of a message and of a header beside their content, in bytes. Main takes some 20 us to publish a message of any size. With this
 * overhead, one answer of the default size keeps main busy for at most a third of a second, instead of three.
 */
export const MESSAGE_BYTES = 512;
export const HEADER_BYTES = 64;

/** The size of an answer for `limits.output_size`, in bytes; a character of text counts as one. */
export function outputBytes(messages: readonly OutputMessage[]): number {
  let bytes = messages.length * MESSAGE_BYTES;
  for (const { to, key, contentType, headers, data } of messages) {
    bytes += to.length + (key?.byteLength ?? 0) + (contentType?.length ?? 0) + data.byteLength;
    for (const [name, value] of headers) bytes += HEADER_BYTES + name.length + value.length;
  }
  return bytes;
}
