/**
 * What a terminal acts on, or what shows a text otherwise than it is: control characters (line ends too), format characters such as those
 * that turn the direction of writing, line and paragraph separators, and halves of surrogate pairs. The joiners of scripts and emoji stay.
 */
const UNPRINTABLE = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** The same of what JSON.stringify leaves as it is. */
const UNPRINTABLE_IN_JSON = /(?![\u200C\u200D])[\x7F-\x9F\p{Cf}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A text of a guest, a sender, a broker or a file on one line, for the eye: whatever is not printable is written as in JSON (`\n`, `\u001b`).
 * The one form for all that Sluice prints. A backslash stays as it is: this is to be read by people, not by programs, for which there is
 * `--json`.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** The same with its own line ends and tabs: for a text that is shown alone. */
export function printableLines(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

/** The same in as many UTF-16 code units as the text has, for what is marked by its columns: a tab is a blank, the rest U+FFFD. */
export function printableColumns(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => (character === '\t' ? ' ' : '\uFFFD'.repeat(character.length)));
}

/** A value as JSON that a terminal shows as it is: the same value, but what JSON may leave unescaped and is not printable is escaped too. */
export function jsonText(value: unknown, indent?: number): string {
  return printableJson(JSON.stringify(value, undefined, indent));
}

/** The same of a text that is JSON already. */
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

/** Bytes for JSON and for the eye: text where they are UTF-8 (a byte order mark is part of it), else base64. */
export function readable(bytes: Uint8Array): string | { readonly base64: string } {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}
