/** What JetStream and we know of how often a message was tried. */
export interface Tries {
  /** As JetStream counts: the first delivery, retries, and deliveries after a crash or a release. */
  readonly deliveries: number;
  /** Deliveries that were given back without a charge. */
  readonly released: number;
  /** Total attempts of the retry policy. */
  readonly attempts: number;
  /** JetStream never delivers it more often; Infinity when it always does. */
  readonly maxDeliver: number;
}

/**
 * The number of this attempt. From the last but one delivery that JetStream allows, it is the last attempt or a later one, whatever was
 * released: after the last delivery the message would be given up on silently, and a crash may yet take one.
 */
export function attemptOf({ deliveries, released, attempts, maxDeliver }: Tries): number {
  const charged = Math.max(1, deliveries - released);
  return deliveries >= maxDeliver - 1 ? Math.max(charged, attempts) : charged;
}
