/** What stands in place of a secret. */
export const hidden = '***';

/**
 * URLs in a text lose their user info: `nats://me:pw@host` becomes `nats://***@host`. A password that holds an `@` goes whole. What is looked
 * for begins at `://` and not with a scheme, so that each character is seen twice at most: such texts come from guests and senders.
 */
export function hideUserInfo(text: string): string {
  return text.replaceAll(/(?<=:\/\/)[^\s/?#"'\\]*@/g, `${hidden}@`);
}
