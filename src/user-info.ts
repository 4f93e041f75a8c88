/** What stands in place of a secret. */
export const hidden = '***';

/** An address of NATS up to its last `@`: a password that was not encoded may hold a slash. Each ends where the next begins. */
const NATS_USER = /\b(nats|tls):\/\/(?:(?!(?:nats|tls):\/\/)[^\s"'\\])*@/gi;

/**
 * URLs in a text lose their user info: `nats://me:pw@host` becomes `nats://***@host`. A password that holds an `@` goes whole. What is looked
 * for begins at `://` and not with a scheme, so that each character is seen twice at most: such texts come from guests and senders.
 */
export function hideUserInfo(text: string): string {
  return text.replaceAll(NATS_USER, `$1://${hidden}@`).replaceAll(/(?<=:\/\/)[^\s/?#"'\\]*@/g, `${hidden}@`);
}
