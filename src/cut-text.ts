/**
 * The text, or as much of it as `most` UTF-16 code units hold, and `…` for the rest. A copy: V8 keeps the whole of a text in memory for
 * as long as any part of it is used, and a guest's texts may be huge.
 */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return copyOf(text);
  // Not in the middle of a character.
  const last = text.charCodeAt(most - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? most - 1 : most;
  return `${copyOf(text.slice(0, end))}…`;
}

function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
