/**
 * Characters that control a terminal or disguise a text: control characters (line ends too), format characters such as those that change the
 * direction of writing, line and paragraph separators, and lone surrogates. Joiners of scripts and emoji stay.
 */
const UNPRINTABLE = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Those of them that JSON.stringify does not escape. */
const UNPRINTABLE_IN_JSON = /(?![\u200C\u200D])[\x7F-\x9F\p{Cf}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A text from a guest, sender, broker or file, on one line and safe to print: unprintable characters are written as in JSON (`\n`, `\u001b`).
 * Sluice prints all such text this way. Backslashes stay as they are: the result is for people; programs use `--json`.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** The same, but keeps line ends and tabs: for a text that is shown alone. */
export function printableLines(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

/** The same with the length kept in UTF-16 code units, for text that is marked by column: a tab becomes a blank, the rest U+FFFD. */
export function printableColumns(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => (character === '\t' ? ' ' : '\uFFFD'.repeat(character.length)));
}

/** A value as JSON that is safe to print: unprintable characters are escaped too, which JSON does not require. */
export function jsonText(value: unknown, indent?: number): string {
  return printableJson(JSON.stringify(value, undefined, indent));
}

/** The same for a text that is JSON already. */
export function printableJson(json: string): string {
  return json.replaceAll(UNPRINTABLE_IN_JSON, escaped);
}

function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  let text = '';
  for (let place = 0; place < character.length; place += 1)
    text += `\\u${character.charCodeAt(place).toString(16).padStart(4, '0')}`;
  return text;
}

/** Replaces a secret. */
export const hidden = '***';

/** An address of NATS up to its last `@`: a password that was not encoded may contain a slash. An address ends where the next one begins. */
const NATS_USER = /\b(nats|tls):\/\/(?:(?!(?:nats|tls):\/\/)[^\s"'\\])*@/gi;

/**
 * Hides the user info of URLs in a text: `nats://me:pw@host` becomes `nats://***@host`, also where the password holds an `@`. The patterns
 * start at `://`, not at a scheme, so that they read each character at most twice: such texts come from guests and senders.
 */
export function hideUserInfo(text: string): string {
  return text.replaceAll(NATS_USER, `$1://${hidden}@`).replaceAll(/(?<=:\/\/)[^\s/?#"'\\]*@/g, `${hidden}@`);
}

/** Bytes for display: text if they are UTF-8 (a byte order mark is kept), otherwise base64. */
export function readable(bytes: Uint8Array): string | { readonly base64: string } {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}
