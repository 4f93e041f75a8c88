/** `event` of sluice:event: what happened. */
export interface Event {
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly key?: Uint8Array;
  readonly contentType?: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly data: Uint8Array;
}

/** `message` of sluice:event: what the handler returns, to be published before the event is settled. */
export interface Message {
  /** An output of the manifest. */
  readonly to: string;
  readonly key?: Uint8Array;
  readonly contentType?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly data: Uint8Array;
}

/** A message with a JSON body. */
export function json(to: string, body: unknown): Message {
  return { to, contentType: 'application/json', headers: [], data: new TextEncoder().encode(JSON.stringify(body)) };
}

/** Asks for another attempt, after `afterMs` milliseconds or when the retry policy says. */
export function retry(reason: string, afterMs?: number): never {
  throw { tag: 'retry', val: { reason, afterMs } };
}

/** Gives up on the event at once. */
export function reject(reason: string): never {
  throw { tag: 'reject', val: reason };
}
