/** The longest reason of a failure (from a guest or a broker), in UTF-16 code units. */
export const LONGEST_REASON = 4096;

/** The longest name of an interface or function that messages show. */
export const LONGEST_NAME = 200;

/** Cuts a text that is longer than `most` UTF-16 code units: its start, and `…`. Never cuts a character in two. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${startOf(text, most - 1)}…`;
}

/** Its first `length` code units, or one less. */
export function startOf(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
