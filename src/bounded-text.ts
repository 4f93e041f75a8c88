import { createHash } from 'node:crypto';

/** The longest text that says why something went wrong (a guest's reason, a broker's message), in UTF-16 code units. */
export const LONGEST_REASON = 4096;

/** The longest name of an interface or function that messages show. */
export const LONGEST_NAME = 200;

/** At most `most` UTF-16 code units of a text; of a longer one the start, and `…`. No character is cut in two. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${startOf(text, most - 1)}…`;
}

/** The same for a text that tells one thing from others: a long one is its start, `…` and its SHA-256, so that it still does. */
export function shortenedName(text: string, most: number): string {
  if (text.length <= most) return text;
  const digest = createHash('sha256').update(text).digest('hex');
  return `${startOf(text, most - digest.length - 1)}…${digest}`;
}

function startOf(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
